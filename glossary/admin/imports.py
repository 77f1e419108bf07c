"""Import and export of terms in admin: choose a file, see what it would change, confirm."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from import_export.admin import ExportActionMixin, ImportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.results import Result, RowResult
from import_export.tmp_storages import CacheStorage

from glossary.admin.formats import CSV, FORMATS, LARGEST_UPLOAD, MEGABYTE, XLSX, Unreadable
from glossary.admin.table.resource import MOST_SHOWN, TOO_LONG, TermResource


class Upload(CacheStorage):  # type: ignore[misc]
    """Where a file waits between preview and confirmation: the cache, which processes share."""

    CACHE_LIFETIME = 60 * 60


DRAFTS, AT_ONCE = "drafts", "at-once"


class TermImportForm(ImportForm):  # type: ignore[misc]
    how = forms.ChoiceField(
        label="Import",
        choices=[
            (DRAFTS, "as drafts: readers see nothing of it before it is published"),
            (AT_ONCE, "at once: readers see changed pages as soon as you confirm"),
        ],
        initial=DRAFTS,
        widget=forms.RadioSelect,
        required=False,
    )

    def clean_import_file(self) -> Any:
        upload = self.cleaned_data["import_file"]
        if upload.size > LARGEST_UPLOAD:
            most = LARGEST_UPLOAD // MEGABYTE
            raise forms.ValidationError(f"The file is over {most} MB: import it in parts.")
        return upload


class TermConfirmForm(ConfirmImportForm):  # type: ignore[misc]
    how = forms.CharField(widget=forms.HiddenInput, required=False)


def is_at_once(form: forms.Form | None) -> bool:
    """Only if that was said: what says nothing becomes drafts."""
    return getattr(form, "cleaned_data", {}).get("how") == AT_ONCE


class TermImportExport(ImportMixin, ExportActionMixin):  # type: ignore[misc]
    """For TermAdmin's bases."""

    resource_classes = [TermResource]
    import_form_class = TermImportForm
    confirm_form_class = TermConfirmForm
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

    def get_import_resource_kwargs(
        self, request: HttpRequest, form: forms.Form | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        return {"as_drafts": not is_at_once(form)}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if import_form:
            initial["how"] = AT_ONCE if is_at_once(import_form) else DRAFTS
        return initial

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().import_action(request, **kwargs)
        context = response.context_data
        if result := context.get("result"):
            shown = [row for row in result.valid_rows() if not row.is_skip()]
            context |= {
                "changed": shown[:MOST_SHOWN],
                "more": len(shown[MOST_SHOWN:]),
                "counts": result.totals,
                "is_at_once": is_at_once(context["form"]),
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

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        # Before the form, which would tell a stranger what it knows of a file.
        if not self.has_import_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            # Whoever was signed out before confirming is led here once they are in again.
            return self._again(request, "Nothing was imported. Please choose the file again.")
        form = self.create_confirm_form(request)
        given = form.cleaned_data if form.is_valid() else {}
        is_known = given.get("format") in [str(number) for number in range(len(FORMATS))]
        if not is_known or Upload(name=given["import_file_name"]).read() is None:
            return self._again(request, "The file is no longer here. Please choose it again.")
        try:
            request.imported_at_once = is_at_once(form)  # type: ignore[attr-defined]
            return super().process_import(request, **kwargs)  # type: ignore[no-any-return]
        except Unreadable as error:
            return self._again(request, str(error))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        if any(str(error.error) == TOO_LONG for error in result.base_errors):
            return self._again(request, TOO_LONG)
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
        how = "Imported" if getattr(request, "imported_at_once", False) else "Imported as drafts"
        messages.success(request, f"{how}: {new} new, {changed} changed, {same} as before.")

    def _again(self, request: HttpRequest, reason: str) -> HttpResponse:
        messages.error(request, reason)
        return HttpResponseRedirect(reverse("admin:glossary_term_import"))
