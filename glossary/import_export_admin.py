"""Import and export of terms in admin: choose a file, see what it would change, confirm."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from import_export.admin import ExportActionMixin, ImportMixin
from import_export.forms import ExportForm, ImportForm
from import_export.results import Result, RowResult
from import_export.tmp_storages import CacheStorage

from glossary.import_formats import CSV, FORMATS, LARGEST_UPLOAD, MEGABYTE, XLSX, Unreadable
from glossary.resources import TermResource

MOST_SHOWN = 100


class Upload(CacheStorage):  # type: ignore[misc]
    """Where a file waits between preview and confirmation: the cache, which processes share."""

    CACHE_LIFETIME = 60 * 60


class TermImportForm(ImportForm):  # type: ignore[misc]
    def clean_import_file(self) -> Any:
        upload = self.cleaned_data["import_file"]
        if upload.size > LARGEST_UPLOAD:
            most = LARGEST_UPLOAD // MEGABYTE
            raise forms.ValidationError(f"The file is over {most} MB: import it in parts.")
        return upload


class TermImportExport(ImportMixin, ExportActionMixin):  # type: ignore[misc]
    """For TermAdmin's bases."""

    resource_classes = [TermResource]
    import_form_class = TermImportForm
    export_form_class = ExportForm
    tmp_storage_class = Upload
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_template_name = "admin/glossary/term/import.html"
    change_form_template: Any = None
    show_change_form_export = False
    formats = FORMATS

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_valid_export_item_pks(self, request: HttpRequest) -> Any:
        return self.get_queryset(request).values_list("pk", flat=True)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().import_action(request, **kwargs)
        context = response.context_data
        if result := context.get("result"):
            shown = [row for row in result.valid_rows() if not row.is_skip()]
            context |= {
                "changed": shown[:MOST_SHOWN],
                "more": len(shown[MOST_SHOWN:]),
                "counts": result.totals,
                "first_row": self._first_row(context["form"]),
            }
        self._forget_upload(context)
        return response  # type: ignore[no-any-return]

    def _first_row(self, form: forms.Form) -> int:
        """The number of the first term in the file, as a spreadsheet counts or as a list does."""
        chosen = self.get_import_formats()[int(form.cleaned_data["format"])]
        return 2 if chosen in (CSV, XLSX) else 1

    def _forget_upload(self, context: dict[str, Any]) -> None:
        """A file that can't be confirmed need not wait."""
        upload = context["form"].files.get("import_file")
        name = getattr(upload, "tmp_storage_name", None)
        if name and "confirm_form" not in context:
            Upload(name=name).remove()

    def add_data_read_fail_error_to_form(self, form: forms.Form, error: Exception) -> None:
        form.add_error("import_file", str(error))

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        # Before the form, which would tell a stranger what it knows of a file.
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        given = form.cleaned_data if form.is_valid() else {}
        is_known = given.get("format") in [str(number) for number in range(len(FORMATS))]
        if not is_known or Upload(name=given["import_file_name"]).read() is None:
            return self._again(request, "The file is no longer here. Please choose it again.")
        try:
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except Unreadable as error:
            return self._again(request, str(error))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        if result.has_errors() or result.has_validation_errors():
            return self._again(
                request, "Nothing was written: the words have changed since the preview. "
                "Please choose the file again."
            )  # fmt: skip
        return super().process_result(result, request)  # type: ignore[no-any-return]

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (
            result.totals[kind]
            for kind in (
                RowResult.IMPORT_TYPE_NEW,
                RowResult.IMPORT_TYPE_UPDATE,
                RowResult.IMPORT_TYPE_SKIP,
            )
        )
        messages.success(request, f"Imported: {new} new, {changed} changed, {same} as before.")

    def _again(self, request: HttpRequest, reason: str) -> HttpResponse:
        messages.error(request, reason)
        return HttpResponseRedirect(reverse("admin:glossary_term_import"))
