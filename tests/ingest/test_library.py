"""The library: which articles there are, which is current, and that nothing broken stops it."""

import json
from pathlib import Path

import pytest

from ingest.library import EDITION, Library, LibraryError, home
from ingest.versions import lease


def make_index(place: Path, *titles: str) -> Path:
    """A directory as an index keeps it, as far as the library reads it."""
    version = place / "versions" / "v1"
    version.mkdir(parents=True)
    documents = [{"id": "0", "name": f"{title}.md", "title": title} for title in titles]
    (version / "stamp.json").write_text(json.dumps({"documents": documents}), "utf-8")
    (place / "CURRENT").write_text("v1", "utf-8")
    return place


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "home")


@pytest.fixture
def two(library: Library, tmp_path: Path) -> Library:
    for name in ("moon", "moon-landing"):
        make_index(library.place_for(tmp_path / f"{name}.md"), name)
    return library


def test_home_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.setenv("FOOTNOTE_HOME", "")
    assert home().name == "footnote"


def test_a_new_library_has_the_edition_only(library: Library) -> None:
    assert [entry.name for entry in library.entries()] == [EDITION]
    assert library.current().name == EDITION
    assert not library.current().damaged
    assert not library.home.exists()


def test_a_file_has_one_place_however_it_is_named(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").touch()
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    monkeypatch.chdir(tmp_path)
    place = library.place_for(tmp_path / "a.md")
    assert library.place_for(Path("a.md")) == place
    assert library.place_for(Path("sub/../a.md")) == place
    assert library.place_for(Path("link.md")).name[-8:] == place.name[-8:]
    assert library.place_for(tmp_path / "other" / "a.md") != place


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        ("My Report (final).md", "my-report-final"),
        ("Überblick.txt", "uberblick"),
        ("月球.md", "article"),
        ("..md", "article"),
        ("x" * 200 + ".md", "x" * 40),
    ],
)
def test_a_place_is_named_after_its_file(library: Library, file: str, slug: str) -> None:
    place = library.place_for(Path(file))
    assert place.parent == library.home / "library"
    assert place.name[:-9] == slug


def test_a_place_keeps_its_name_when_the_file_is_a_link_with_another_name(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "real.md").touch()
    (tmp_path / "link.md").symlink_to(tmp_path / "real.md")
    assert library.place_for(tmp_path / "link.md") == library.place_for(tmp_path / "real.md")


def test_entries_say_what_is_in_them(two: Library) -> None:
    edition, moon, landing = two.entries()
    assert edition.name == EDITION
    assert (moon.title, moon.documents) == ("moon", ("moon.md",))
    assert landing.title == "moon-landing"


def test_the_edition_shows_its_title_once_it_is_built(library: Library) -> None:
    make_index(library.edition, "Our Article")
    assert "Our Article" in library.current().title


@pytest.mark.parametrize("wanted", ["2", "moon-land"])
def test_choose_makes_an_entry_current(two: Library, wanted: str) -> None:
    chosen = two.choose(wanted)
    assert chosen.current
    assert two.current() == chosen
    assert [entry.name for entry in two.entries() if entry.current] == [chosen.name]
    assert two.choose(EDITION).name == EDITION
    assert two.current().name == EDITION


@pytest.mark.parametrize("key", ["moon", "mars", "", "0", "9", "-1", "../moon"])
def test_a_key_that_does_not_name_one_entry_is_refused(two: Library, key: str) -> None:
    with pytest.raises(LibraryError) as fault:
        two.choose(key)
    assert "\n" not in str(fault.value)
    assert two.current().name == EDITION


def test_an_ambiguous_key_names_what_it_fits(two: Library) -> None:
    with pytest.raises(LibraryError, match=r"several.*moon-.*moon-landing-"):
        two.find("moon")


def test_a_number_in_the_listing_goes_before_a_name_that_begins_with_it(
    library: Library, tmp_path: Path
) -> None:
    make_index(library.place_for(tmp_path / "2024-report.md"), "report")
    make_index(library.place_for(tmp_path / "annals.md"), "annals")
    assert library.find("2").name.startswith("2024-report")
    assert library.find("2024").name.startswith("2024-report")


def test_removing_the_current_entry_leads_back_to_the_edition(two: Library) -> None:
    entry = two.choose("2")
    two.remove("2")
    assert not entry.path.exists()
    assert two.current().name == EDITION
    assert entry.name not in [left.name for left in two.entries()]
    assert [path.name for path in entry.path.parent.iterdir()] == [two.entries()[1].name]


def test_removing_another_entry_leaves_the_current_one(two: Library) -> None:
    entry = two.choose("2")
    two.remove("3")
    assert two.current().name == entry.name


def test_a_removed_edition_is_merely_not_built(library: Library) -> None:
    make_index(library.edition, "Our Article")
    library.remove(EDITION)
    assert not library.edition.exists()
    assert not library.current().damaged


def test_what_a_killed_removal_left_is_no_entry_and_goes_with_the_next(two: Library) -> None:
    left = two.home / "library" / ".removed-abc"
    make_index(left / "old-12345678", "old")
    assert len(two.entries()) == 3
    two.remove("3")
    assert not left.exists()


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "{",
        "[]",
        "null",
        '{"documents": []}',
        '{"documents": {}}',
        '{"documents": [{"id": "1"}]}',
    ],
)
def test_a_broken_entry_is_listed_as_damaged(two: Library, stamp: str) -> None:
    moon = two.entries()[1]
    (moon.path / "versions" / "v1" / "stamp.json").write_text(stamp, "utf-8")
    assert [entry.damaged for entry in two.entries()] == [False, True, False]
    with pytest.raises(LibraryError, match="damaged"):
        two.choose("2")
    two.remove("2")
    assert len(two.entries()) == 2


@pytest.mark.parametrize("version", ["", "v2", "../..", "/", "\x00"])
def test_an_entry_without_its_version_is_damaged(two: Library, version: str) -> None:
    moon = two.entries()[1]
    (moon.path / "CURRENT").write_text(version, "utf-8")
    assert two.entries()[1].damaged


def test_a_half_made_entry_is_damaged(library: Library, tmp_path: Path) -> None:
    library.place_for(tmp_path / "a.md").mkdir(parents=True)
    assert library.entries()[1].damaged


def test_a_current_entry_that_is_gone_is_told(two: Library) -> None:
    entry = two.choose("2")
    entry.path.replace(two.home / "elsewhere")
    with pytest.raises(LibraryError, match="footnote articles use edition"):
        two.current()
    two.choose(EDITION)
    assert two.current().name == EDITION


@pytest.mark.parametrize("content", [b"../../etc", b"\xff\xfe", b"a b", b"."])
def test_a_pointer_that_is_no_name_is_told_and_can_be_mended(two: Library, content: bytes) -> None:
    (two.home / "current").write_bytes(content)
    with pytest.raises(LibraryError, match="no longer in the library"):
        two.current()
    assert not any(entry.current for entry in two.entries())
    two.choose(EDITION)
    assert two.current().name == EDITION


def test_an_empty_pointer_is_the_edition(two: Library) -> None:
    (two.home / "current").write_text("\n", "utf-8")
    assert two.current().name == EDITION


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(LibraryError, match="FOOTNOTE_HOME"):
        Library(tmp_path / "file" / "home").choose(EDITION)


def test_choosing_leaves_no_drafts(two: Library) -> None:
    for key in ("2", "3", EDITION):
        two.choose(key)
    assert sorted(path.name for path in two.home.iterdir()) == ["current", "library"]


def test_what_a_program_answers_from_is_not_removed(two: Library) -> None:
    entry = two.find("moon-landing")
    reader = lease(entry.path)
    with pytest.raises(LibraryError, match="in use"):
        two.remove(entry.name)
    assert reader.version.is_dir()
    reader.release()
    two.remove(entry.name)
    assert not entry.path.exists()
