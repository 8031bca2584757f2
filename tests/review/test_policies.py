"""A policy that is bad meanwhile changes nothing, and is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from screener.errors import BadConfig
from screener.review.policies import Policies

SHIPPED = Path("configs/policy.toml")


def test_the_last_good_policy_holds_and_the_bad_one_is_told(tmp_path: Path) -> None:
    path, policies = tmp_path / "policy.toml", Policies()
    path.write_text("nothing = ")
    with pytest.raises(BadConfig):
        policies.current(path)
    shutil.copy(SHIPPED, path)
    good = policies.current(path)
    path.write_text("broken = [")
    assert policies.current(path) is good
    assert policies.trouble is not None and "policy" in policies.trouble
    path.write_text(SHIPPED.read_text() + "\n# another one\n")
    assert policies.current(path).id != good.id and policies.trouble is None
