"""Whether one may race in a wheelchair: yes, no, or nobody has told us."""

import re
from pathlib import Path

import pytest
from django.test import Client

from organizers.submissions import workflow
from races.files.loading import load_races
from races.models import Distance
from tests.desk import as_read
from tests.factories import RACE, SubmissionFactory, UserFactory, submission_values

pytestmark = pytest.mark.django_db

PAGE, SEARCH = "/races/boston-marathon/", "/races/?wheelchair=yes"


@pytest.mark.parametrize(
    ("said", "row", "found"),
    [("", None, "No race fits"), ("true", "yes", "1 race"), ("false", "no", "No race fits")],
)
def test_from_the_file_to_page_and_search(
    said: str, row: str | None, found: str, tmp_path: Path, client: Client
) -> None:
    line = f"\n    wheelchair: {said}" if said else ""
    file = RACE.replace("metres: 42195", f"metres: 42195{line}")
    (tmp_path / "boston-marathon.md").write_text(file)
    load_races(tmp_path)
    shown = re.search(r"<dt>Wheelchair race</dt><dd>(\w+)</dd>", client.get(PAGE).content.decode())
    assert (shown and shown[1]) == row
    assert f"{found}</h2>" in as_read(client.get(SEARCH).content.decode())


@pytest.mark.parametrize(
    ("typed", "known"), [("true", True), ("false", False), ("unknown", None), ("", None)]
)
def test_from_the_form_to_the_race(typed: str, known: bool | None) -> None:
    values = submission_values(**{"distance-0-wheelchair": typed})
    sent = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", values=values)
    sent.refresh_from_db()
    workflow.approve(sent, UserFactory())
    assert Distance.objects.get().wheelchair is known
