"""`screener lists`: what is added is met, what is personal is not shown, what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener.contracts import topics
from screener.errors import BadConfig
from screener.stream.port import Message, Partition
from tests.cli.shell import Shell

PHONE, ADDRESS = "13800138000", "长沙市开福区示范路三号楼1201室"
SAME_ADDRESS = "长沙市开福区示范路3栋1201"


@pytest.fixture
def lists(shell: Shell) -> Shell:
    """A shell whose log has lists, with keys."""
    shell.ok("topics", "create", "--hub", "east")
    shell.ok("keys", "new")
    return shell


def add_tip(shell: Shell, *named: str) -> str:
    return shell.ok("lists", "add", "tip", *named, "--source", "hotline").split()[1]


def written(shell: Shell, topic: str) -> int:
    with shell.log() as log:
        return log.end(Partition(topic, 0))


def csv_of(shell: Shell, *lines: str, encoding: str = "utf-8") -> Path:
    path = shell.folder / "list.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


# --- add, match, remove ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        (("--phone", PHONE), ("--phone", "+86 138-0013-8000")),
        (("--name", "张 三"), ("--name", "张三")),
        (("--address", ADDRESS), ("--address", SAME_ADDRESS)),
        (("--building", ADDRESS), ("--address", "长沙市开福区示范路3栋7室")),
        (("--waybill", "SF 123*"), ("--waybill", "SF1239")),
    ],
)
def test_a_tip_is_met_however_it_is_written(
    lists: Shell, named: tuple[str, str], asked: tuple[str, str]
) -> None:
    entry_id = add_tip(lists, *named)
    (met,) = lists.objects("lists", "match", *asked, "--json")
    assert [(one["entry_id"], one["kind"]) for one in met["tips"]] == [(entry_id, named[0].strip("-"))]
    assert entry_id in lists.ok("lists", "match", *asked, "--as", "consignee")
    lists.ok("lists", "remove", "tip", entry_id)
    assert "no entry" in lists.ok("lists", "match", *asked)


def test_senders_and_licences_are_met(lists: Shell) -> None:
    lists.ok("lists", "add", "sender", "--id", "s1", "--phone", PHONE, "--grade", "C", "--business", "shop")
    lists.ok("lists", "add", "licence", "--id", "l1", "--phone", PHONE, "--sticks", "any", "--grams", "50")
    (met,) = lists.objects("lists", "match", "--phone", PHONE, "--json")
    assert (met["grade"], met["business"]) == ("C", "shop")
    assert (met["licence"]["entry_id"], met["licence"]["sticks"], met["licence"]["tobacco_g"]) == (
        "l1",
        None,
        50,
    )


def test_what_has_expired_is_not_met_and_says_so(lists: Shell) -> None:
    add_tip(lists, "--phone", PHONE, "--expires", "2020-01-01")
    assert "no entry" in lists.ok("lists", "match", "--phone", PHONE)
    assert "expired" in lists.ok("lists", "show", "tips")


def test_an_entry_that_is_there_changes_only_on_demand(lists: Shell) -> None:
    sender = ("lists", "add", "sender", "--id", "s1", "--phone", PHONE, "--grade")
    lists.ok(*sender, "C")
    assert lists.run(*sender, "A").exit_code == 2
    assert "changed s1" in lists.ok(*sender, "A", "--replace")
    assert lists.objects("lists", "match", "--phone", PHONE, "--json")[0]["grade"] == "A"


def test_a_text_can_be_asked_for(lists: Shell) -> None:
    result = lists.run("lists", "add", "tip", "--phone", "-", "--source", "hotline", typed=PHONE + "\n")
    assert result.exit_code == 0
    assert "tip " in lists.ok("lists", "match", "--phone", PHONE)


@pytest.mark.parametrize(
    "wrong",
    [
        ("tip", "--source", "x"),
        ("tip", "--source", "x", "--phone", PHONE, "--name", "张三"),
        ("tip", "--source", "x", "--phone", "138****8000"),
        ("tip", "--source", "x", "--waybill", "**"),
        ("tip", "--source", "x", "--id", "a b", "--phone", PHONE),
        ("tip", "--source", "x", "--phone", PHONE, "--expires", "soon"),
        ("sender", "--id", "s", "--name", "张三", "--grade", "A"),
        ("sender", "--id", "s", "--phone", PHONE, "--grade", "D"),
        ("licence", "--id", "l", "--phone", PHONE, "--sticks", "-1"),
        ("licence", "--id", "l", "--phone", PHONE, "--grams", "nan"),
    ],
)
def test_what_no_list_takes_is_refused_and_not_shown(lists: Shell, wrong: tuple[str, ...]) -> None:
    result = lists.run("lists", "add", *wrong)
    assert result.exit_code == 2, result.output
    assert not any(text in result.output for text in (PHONE, "138*", "张三"))
    assert [written(lists, topic) for topic in topics.LISTS] == [0, 0, 0]


def test_an_entry_that_cannot_be_read_is_told_beside_the_results(lists: Shell) -> None:
    entry_id = add_tip(lists, "--phone", PHONE)
    with lists.log() as log, log.publisher() as publisher:
        publisher.publish([Message(topics.TIPS, b"by-hand", b"{}")])
    result = lists.run("lists", "match", "--phone", PHONE, "--json")
    assert lists.parsed(result.stdout)[0]["tips"][0]["entry_id"] == entry_id
    assert "1 entries cannot be read" in result.stderr


def test_removing_what_is_not_there_is_told(lists: Shell) -> None:
    entry_id = add_tip(lists, "--phone", PHONE)
    result = lists.run("lists", "remove", "tip", "unknown", entry_id)
    assert result.exit_code == 1
    assert "unknown: not on" in result.stderr
    assert "no entry" in lists.ok("lists", "match", "--phone", PHONE)


def test_without_topics_it_says_what_to_do(shell: Shell) -> None:
    shell.ok("keys", "new")
    refused = shell.run("lists", "show")
    assert isinstance(refused.exception, BadConfig)
    assert "screener topics create" in str(refused.exception)


# --- what is shown -----------------------------------------------------------------------------------


def test_nothing_personal_is_shown_or_written_unless_revealed(lists: Shell) -> None:
    add_tip(lists, "--phone", PHONE)
    add_tip(lists, "--address", ADDRESS)
    shown = lists.ok("lists", "show") + lists.ok("lists", "show", "--json")
    assert "138****8000" in shown
    assert not any(text in shown for text in (PHONE, ADDRESS, "三号楼"))
    revealed = lists.ok("lists", "show", "tips", "--reveal")
    assert all(text in revealed for text in (PHONE, ADDRESS))
    stored = b"".join(path.read_bytes() for path in lists.folder.glob("log.db*"))
    assert not any(text.encode() in stored for text in (PHONE, ADDRESS))


def test_without_keys_hashes_alone_are_shown(lists: Shell) -> None:
    add_tip(lists, "--phone", PHONE)
    (lists.folder / "keys").rename(lists.folder / "elsewhere")
    assert "hash " in lists.ok("lists", "show")
    assert isinstance(lists.run("lists", "show", "--reveal").exception, BadConfig)


def test_what_a_destroyed_key_sealed_is_met_and_not_shown(lists: Shell) -> None:
    add_tip(lists, "--phone", PHONE)
    lists.ok("keys", "rotate")
    old = next(str(key["id"]) for key in lists.objects("keys", "list", "--json") if key["kind"] == "seal")
    lists.ok("keys", "destroy", old, "--yes")
    assert f"sealed with {old}" in lists.ok("lists", "show", "--reveal")
    assert "tip " in lists.ok("lists", "match", "--phone", PHONE)


# --- import ------------------------------------------------------------------------------------------

HEAD = "id,phone,address,grade,business,expires"


def test_a_file_is_taken_once(lists: Shell) -> None:
    path = csv_of(lists, HEAD, f"s1,{PHONE},{ADDRESS},B,shop,", "s2,073128223497,,AAA,,2099-01-01")
    assert "3 added" in lists.ok("lists", "import", "senders", str(path))
    assert lists.objects("lists", "match", "--address", SAME_ADDRESS, "--json")[0]["grade"] == "B"
    before = written(lists, topics.SENDERS)
    assert "0 added, 0 changed, 0 removed, 3 as they were" in lists.ok(
        "lists", "import", "senders", str(path)
    )
    assert written(lists, topics.SENDERS) == before == 3


def test_what_a_line_no_longer_says_is_removed(lists: Shell) -> None:
    lists.ok("lists", "import", "senders", str(csv_of(lists, HEAD, f"s1,{PHONE},{ADDRESS},B,,")))
    said = lists.ok("lists", "import", "senders", str(csv_of(lists, HEAD, f"s1,{PHONE},,C,,")))
    assert "1 changed, 1 removed" in said
    assert "no entry" in lists.ok("lists", "match", "--address", ADDRESS)


def test_replace_removes_what_the_file_has_not(lists: Shell) -> None:
    lists.ok("lists", "add", "sender", "--id", "other", "--phone", "13900139000", "--grade", "C")
    path = str(csv_of(lists, HEAD, f"s1,{PHONE},,B,,"))
    assert "0 removed" in lists.ok("lists", "import", "senders", path)
    assert "1 removed" in lists.ok("lists", "import", "senders", path, "--replace")


def test_a_dry_run_writes_nothing(lists: Shell) -> None:
    path = csv_of(lists, HEAD, f"s1,{PHONE},,B,,")
    assert "would be 1 added" in lists.ok("lists", "import", "senders", str(path), "--dry-run")
    assert written(lists, topics.SENDERS) == 0


def test_every_wrong_line_is_told_and_the_others_are_taken(lists: Shell) -> None:
    lists.ok("lists", "add", "sender", "--id", "other", "--phone", "13900139000", "--grade", "C")
    path = csv_of(
        lists,
        HEAD,
        f"s1,{PHONE},,B,,",
        "s2,138****8001,,B,,",
        "s3,,,B,,",
        f"s4,{PHONE},,D,,",
        f"s1,{PHONE},,C,,",
        f"s5,{PHONE},,C",
        f"s 6,{PHONE},,C,,",
        f"s7,{PHONE},,C,pub,",
        f"s8,{PHONE},,C,,soon",
    )
    result = lists.run("lists", "import", "senders", str(path), "--replace")
    assert result.exit_code == 1
    told = [
        line.removeprefix(f"{path}:") for line in result.stderr.splitlines() if line.startswith(str(path))
    ]
    assert [line.split(": ")[0] for line in told] == ["3", "4", "5", "6", "7", "8", "9", "10"]
    assert [line.split(": ")[1].split(" ")[0] for line in told[:4]] == ["phone", "expected", "grade", "id"]
    assert "1 lines taken, 8 refused; 1 added, 0 changed, 0 removed" in result.stdout
    assert PHONE not in result.output
    assert len(lists.objects("lists", "show", "senders", "--json")) == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("id,phone,grade,name",), "unknown column 'name'"),
        (("id,phone",), "expected a column grade"),
        (("id,phone,grade", '"s1,1'), "expected CSV"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_whole(
    lists: Shell, lines: tuple[str, ...], words: str
) -> None:
    refused = lists.run("lists", "import", "senders", str(csv_of(lists, *lines)))
    assert isinstance(refused.exception, BadConfig)
    assert words in str(refused.exception)


def test_tables_of_other_encodings_are_read_when_told(lists: Shell) -> None:
    path = csv_of(lists, HEAD, f"s1,,{ADDRESS},B,,", encoding="gb18030")
    assert "gb18030" in str(lists.run("lists", "import", "senders", str(path)).exception)
    assert "1 added" in lists.ok("lists", "import", "senders", str(path), "--encoding", "gb18030")
    assert lists.objects("lists", "match", "--address", SAME_ADDRESS, "--json")[0]["grade"] == "B"


def test_an_encoding_that_nobody_knows_is_refused(lists: Shell) -> None:
    path = str(csv_of(lists, HEAD))
    refused = lists.run("lists", "import", "senders", path, "--encoding", "klingon")
    assert isinstance(refused.exception, BadConfig)


def test_tips_and_licences_are_imported_too(lists: Shell) -> None:
    tips = csv_of(lists, "id,name,waybill,source,reference", "t1,张三,SF123*,hotline,R-1")
    assert "2 added" in lists.ok("lists", "import", "tips", str(tips))
    licences = csv_of(lists, "id,waybill,sticks,grams,e_cigarettes", "l1,SF123*,any,,yes")
    assert "1 added" in lists.ok("lists", "import", "licences", str(licences))
    (met,) = lists.objects("lists", "match", "--waybill", "SF1234", "--json")
    assert (met["tips"][0]["reference"], met["licence"]["e_cigarettes"]) == ("R-1", True)
