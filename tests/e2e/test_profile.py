"""What is found in the columns: served after the upload, before its sync, and made again where a process died."""

from contextlib import suppress

import pytest
import requests
from machine import has_fault_points, mcp_enabled, until

UPLOAD = "/api/v1/datasets/upload"
CSV = b"id,code,price,day,note\n" + b"".join(
    b"%d,%04d,%d.%02d,2024-01-%02d,%s\n" % (i, i % 3, i, i % 100, i % 28 + 1, b"" if i % 4 else b"x")
    for i in range(1000)
)


def upload(sluice):
    response = sluice.call("POST", UPLOAD, files={"file": ("p.csv", CSV)})
    assert response.status_code == 201, response.text
    return response.json()["id"]


def profile_of(sluice, id_):
    answer = sluice.ok("GET", f"/api/v1/datasets/{id_}/profile")
    assert (answer["dataset_id"], answer["row_count"]) == (id_, 1000)
    return {column["original"]: column for column in answer["columns"]}


def check(columns):
    assert list(columns) == ["id", "code", "price", "day", "note"]
    id_, code, price, day, note = columns.values()
    assert (id_["min"], id_["max"], id_["mean"], id_["nulls"]) == (0, 999, 499.5, 0)
    assert abs(id_["distinct"] - 1000) < 100 and len(id_["histogram"]) == 20
    assert sum(bin_["count"] for bin_ in id_["histogram"]) == 1000
    assert code["type"] == "VARCHAR" and code["distinct"] == 3 and code["distinct_is_exact"]
    assert code["top"][0] == {"value": "0000", "count": 334}
    assert price["type"] == "DECIMAL(18,2)" and abs(price["quantiles"]["0.5"] - 500) < 20
    assert (day["min"], day["max"]) == ("2024-01-01", "2024-01-28")
    assert (note["count"], note["nulls"], note["max_length"]) == (250, 750, 1)


def test_a_profile_is_there_at_once(sluice):
    check(profile_of(sluice, upload(sluice)))


def test_what_has_none_and_what_is_not_there(sluice):
    absent = "01890000-0000-7000-8000-000000000000"
    assert sluice.call("GET", f"/api/v1/datasets/{absent}/profile").status_code == 404
    assert sluice.call("GET", "/api/v1/datasets/x/profile", token="").status_code == 401


@pytest.mark.parametrize("point", ["profiler.began", "profiler.made"])
def test_a_profile_is_made_again_after_a_crash(make_sluice, tmp_path, point):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    sluice = make_sluice(SLUICE_FAULT=f"{point}:exit_once={died}").start()
    with suppress(OSError):  # requests' errors are OSErrors; the profiler may end the process before the answer is out
        upload(sluice)
    until(died.exists, 10, f"the fault point {point} was reached")
    found = {}

    def listed():
        with suppress(OSError):  # the server may be starting again
            return sluice.call("GET", "/api/v1/datasets").json()["datasets"]

    (dataset,) = until(listed, 60, "the dataset is listed by the next process")
    id_ = dataset["id"]

    def there():
        with suppress(OSError):
            found["answer"] = sluice.call("GET", f"/api/v1/datasets/{id_}/profile")
        return "answer" in found and found["answer"].status_code == 200

    until(there, 60, "the profile is made by the next process")
    check(profile_of(sluice, id_))
    if mcp_enabled():
        sluice.wait_status(id_)


def test_a_sync_waits_for_its_profile_only_so_long(make_sluice):
    if not has_fault_points() or not mcp_enabled():
        pytest.skip("needs fault points and the MCP server")
    sluice = make_sluice(SLUICE_FAULT="profiler.began:delay_ms=45000", PROFILE_WAIT_S=1).start()
    id_ = upload(sluice)
    assert sluice.status(id_)["sync_status"] == "pending"
    sluice.wait_status(id_)
    with pytest.raises(requests.exceptions.ReadTimeout):  # it would be answered at once if there were one
        sluice.call("GET", f"/api/v1/datasets/{id_}/profile", timeout=1)
    until(lambda: sluice.call("GET", f"/api/v1/datasets/{id_}/profile").status_code == 200, 90, "the profile is made")
