"""The end of `serve` with work in hand: each part has the time that its own drain wants."""

import socket

import pytest
from machine import has_fault_points, until
from sluice import assert_synced_once


@pytest.mark.needs_sync
def test_serve_ends_with_a_step_and_an_upload_in_hand(make_sluice):
    if not has_fault_points():
        pytest.skip("fault points are compiled out")
    # The step lasts longer than anybody waits, so that the worker takes all of its time.
    sluice = make_sluice(SLUICE_FAULT="sync_to_bronze.called:delay_ms=60000").start()
    dataset_id = sluice.ingest("Lasting", [{"a": 1}])["id"]
    until(lambda: sluice.status(dataset_id)["sync_status"] == "syncing", 60, "the step is in hand")

    def received():
        return [p for p in (sluice.data / "storage").rglob("tmp/*/*") if p.is_file()]

    with socket.create_connection(("127.0.0.1", sluice.api_port)) as client:
        # A client that sends the rest never: the API waits for it as long as its drain lasts.
        client.sendall(
            f"POST /api/v1/datasets/ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
            'Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"name": "half'.encode()
        )
        until(received, 10, "the body has begun to arrive")
        assert sluice.terminate() == 0
    assert "did not end in time" not in sluice.logs(), "nothing was killed in its drain"
    assert received() == []

    del sluice.env["SLUICE_FAULT"]
    sluice.start()
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 1)
