"""Whether an export of a case is whole, with Python's standard library alone: python check.py EXPORT.zip"""

import hashlib
import json
import sys
import zipfile

TOP = ("manifest.json", "manifest.json.sig")
with zipfile.ZipFile(sys.argv[1]) as export:
    names = export.namelist()
    sums = {name: hashlib.sha256(export.read(name)).hexdigest() for name in names}
    sealed, said, record = (export.read(name) for name in ("manifest.sha256", TOP[0], "audit.json"))
odd = [] if sealed.decode() == "".join(f"{sums[name]}  {name}\n" for name in TOP) else [*TOP]
listed = {one["name"]: one["sha256"] for one in json.loads(said)["files"]}
odd += [name for name in listed if sums.get(name) != listed[name]]
odd += [name for name in names if name not in {*listed, *TOP, "manifest.sha256"} or names.count(name) > 1]
for *row, kept in json.loads(record)["rows"]:
    line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    odd += [] if hashlib.sha256(line).hexdigest() == kept else [f"row {row[0]} of the record"]
sys.exit("changed, missing or added: " + ", ".join(odd) if odd else 0)
