"""What stands in the history of the race that it is a part of."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from races.admin.saving import VersionedAdmin
from races.history import versions as history
from races.history.rows import PARENTS
from races.models import Race


class RacePartAdmin(VersionedAdmin):
    """What is shown on the race's page: its change is the race's, as the sitemap tells it."""

    def race_of(self, obj: Any) -> Race:
        race: Race = obj.race if hasattr(obj, "race") else obj.edition.race
        return race

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # A part stays where it is: the versions of two races would both claim it.
        return [PARENTS[self.model].removesuffix("_id")] if obj else []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            return super().history_view(request, object_id, extra_context)
        return redirect("admin:races_race_history", self.race_of(obj).pk)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            race, what = self.race_of(obj), self._deleted(obj)
            history.record_first(race)
            super().delete_model(request, obj)
            self._have_changed(request, race, what)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            parts = [(self.race_of(part), self._deleted(part)) for part in queryset]
            races = {race.pk: race for race, _ in sorted(parts, key=lambda part: part[0].pk)}
            for race in races.values():
                history.record_first(race)
            super().delete_queryset(request, queryset)
            for race in races.values():
                what = " ".join(said for owner, said in parts if owner.pk == race.pk)
                self._have_changed(request, race, what)

    def _deleted(self, obj: Any) -> str:
        return f"Deleted {obj._meta.verbose_name} “{obj}”."
