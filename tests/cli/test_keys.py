from __future__ import annotations

import re

from screener.errors import BadConfig
from tests.cli.shell import Shell

HEX = re.compile("[0-9a-fA-F]{32,}")


def seal_ids(shell: Shell) -> list[str]:
    return [str(key["id"]) for key in shell.objects("keys", "list", "--json") if key["kind"] == "seal"]


def test_new_makes_one_key_of_each_kind_and_shows_no_secret(shell: Shell) -> None:
    assert shell.ok("keys", "new").count("made ") == 3
    listed = shell.ok("keys", "list")
    assert all(kind in listed for kind in ("seal", "link", "draw"))
    assert not HEX.search(listed)


def test_new_never_displaces_keys(shell: Shell) -> None:
    shell.ok("keys", "new")
    assert isinstance(shell.run("keys", "new").exception, BadConfig)
    assert len(shell.objects("keys", "list", "--json")) == 3


def test_rotation_adds_a_key_and_the_old_one_can_be_destroyed(shell: Shell) -> None:
    shell.ok("keys", "new")
    shell.ok("keys", "rotate")
    old, young = seal_ids(shell)
    result = shell.run("keys", "destroy", old, "--yes")
    assert result.exit_code == 0
    assert "dead letters" in result.stderr
    assert seal_ids(shell) == [young]


def test_destroying_asks_first(shell: Shell) -> None:
    shell.ok("keys", "new")
    shell.ok("keys", "rotate")
    old, _ = seal_ids(shell)
    assert shell.run("keys", "destroy", old, typed="n\n").exit_code == 1
    assert old in seal_ids(shell)
    assert shell.run("keys", "destroy", old, typed="y\n").exit_code == 0
    assert old not in seal_ids(shell)


def test_keys_that_other_parcels_need_are_not_destroyed(shell: Shell) -> None:
    shell.ok("keys", "new")
    (in_use,) = seal_ids(shell)
    for key_id in (in_use, "1", "link.1", "draw.1", "1999-01"):
        refused = shell.run("keys", "destroy", key_id, "--yes")
        assert isinstance(refused.exception, BadConfig), key_id
    assert len(shell.objects("keys", "list", "--json")) == 3


def test_a_folder_without_keys_says_how_to_make_them(shell: Shell) -> None:
    assert "screener keys new" in shell.run("keys", "list").stderr
