"""The face of headings and numbers: a part of it, made from its package, which browsers load."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from fontTools.ttLib import TTFont

from web import display_face

STATIC = "/static/fonts/display.woff2"


def test_what_browsers_load_is_small_whole_and_the_same_on_each_machine(tmp_path: Path) -> None:
    made = tmp_path / "new" / "face.woff2"
    display_face.make(made)
    assert made.read_bytes() == Path(str(finders.find(display_face.FILE))).read_bytes()
    assert made.stat().st_size <= 25_000
    assert [path.name for path in made.parent.iterdir()] == ["face.woff2"]
    with TTFont(made) as face:
        assert set(face.getBestCmap()) == display_face.LETTERS
        assert "fvar" not in face
        # Numbers that stand below each other can align; the license goes with each copy.
        assert "tnum" in {row.FeatureTag for row in face["GSUB"].table.FeatureList.FeatureRecord}
        assert "SIL Open Font License" in face["name"].getDebugName(13)
        assert "Archivo Project Authors" in face["name"].getDebugName(0)


@pytest.mark.django_db
def test_each_page_asks_for_the_face_at_once(client: Client) -> None:
    page = client.get("/about/").content.decode()
    (preload,) = [line for line in page.splitlines() if 'rel="preload"' in line]
    assert f'href="{STATIC}" as="font" type="font/woff2" crossorigin' in preload
    response = client.get(STATIC)
    assert (response.status_code, response["Content-Type"]) == (200, "font/woff2")
    assert b"".join(response).startswith(b"wOF2")
    assert "font-src 'self'" in client.get("/about/")["Content-Security-Policy"]


def test_the_static_files_that_are_collected_hold_it() -> None:
    finder = finders.get_finder("web.display_face.Finder")
    ((name, storage),) = finder.list([])
    assert (name, storage.path(name)) == (display_face.FILE, finders.find(display_face.FILE))
    assert finders.find(name, find_all=True) == [storage.path(name)]
    assert finders.find("fonts/none.woff2") is None
