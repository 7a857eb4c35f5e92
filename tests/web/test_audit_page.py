"""The page of audits: ages of proofs, slices, drills, damage and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import audit_records, audits, box, drills
from appliance.catalogue.drills import DrillResult
from appliance.domain.audits import BOX_PLACE, CheckState, DrillOutcome, SliceKind, SliceOutcome
from appliance.domain.findings import Finding
from tests.web.conftest import send

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

AGENT = "software:test/1"
HALT = Finding("AUDIT-MASS-DAMAGE", "province", {"label": "Kho lưu trữ tỉnh", "damaged": 4})


@pytest.fixture
def audited(good: Archive) -> Archive:
    """A slice at each place, a damaged copy here, a failed drill and a halt there."""
    with good.catalogue.write() as writing:
        here = audits.begin_slice(writing, BOX_PLACE, SliceKind.NIGHT, 3600)
        audits.count(writing, here, proved=3, damaged=1, read_bytes=12_345_678)
        audits.end_slice(writing, here, SliceOutcome.BUDGET, AGENT)
        there = audits.begin_slice(writing, "province", SliceKind.NIGHT, 3600)
        audits.note_obstacle(writing, there, HALT)
        audits.end_slice(writing, there, SliceOutcome.HALTED, AGENT)
        box.put_notice(writing, HALT)
        package = audits.package(writing.session, 1)
        values = {"problem": "sai mã băm", "problem_en": "its digest differs"}
        finding = Finding("BOX-COPY-DAMAGED", package.objid, {**values})
        audit_records.find_own_damage(writing, package, finding, CheckState.DAMAGED, AGENT)
        failed = DrillResult(
            "province",
            package,
            "00ff",
            3,
            writing.now,
            DrillOutcome.FAILED,
            (Finding("DRILL-SIDECAR", "province"),),
        )
        drills.record_drill(writing, failed, AGENT)
    return good


def test_a_fresh_box_says_what_is_not_known(archive: Archive, client: Client) -> None:
    """No audit, no drill, no damage: said in words, and nothing green."""
    del archive
    text = client.get("/audit").text
    assert "Chưa có lượt kiểm tra nào ở nơi này." in text
    assert "Chưa diễn tập lần nào" in text
    assert "Chưa phát hiện bản hỏng nào." in text
    assert "level-good" not in text


def test_ages_are_said_for_every_place(good: Archive, client: Client) -> None:
    """This box and each destination: the oldest proof and the share, as on the status page."""
    del good
    text = client.get("/audit").text
    assert text.count("bằng chứng cũ nhất:") == 3
    assert text.count("100% trong 90 ngày") == 3
    assert client.get("/").text.count("100% trong 90 ngày") == 3


def test_what_was_found_is_named_with_what_to_do(audited: Archive, client: Client) -> None:
    """Slices, the failed drill, the damaged copy with its hồ sơ, in both languages."""
    del audited
    text = client.get("/audit").text
    for said in (
        "hết giờ đã định",
        "đã dừng, cần người xem",
        "DRILL-SIDECAR",
        "BOX-COPY-DAMAGED",
        "sai mã băm",
        "chưa phục hồi",
        "12,3\u00a0MB",
    ):
        assert said in text
    assert "appliance audit --continue province" in text
    english = client.get("/audit?lang=en").text
    for said in ("its digest differs", "not repaired", "This box", "stopped, a person must look"):
        assert said in english


def test_the_status_page_asks_for_a_person(audited: Archive, client: Client) -> None:
    """What audits found stands on the list for people, and leads to the page."""
    del audited
    people = client.get("/").text.partition('class="card people"')[2].partition("</section>")[0]
    assert people.count('<a href="/audit">') == 3
    assert "không còn như lúc niêm phong" in people


def test_a_person_lets_audits_go_on(audited: Archive, client: Client) -> None:
    """The button takes the notice down and is recorded; without its token nothing changes."""
    assert client.post("/audit/province/continue").status_code in {403, 400}
    assert _is_halted(audited)
    answer = send(client, "/audit", "/audit/province/continue")
    assert answer.status_code == 303
    assert not _is_halted(audited)
    assert "/audit/province/continue" not in client.get("/audit").text


def _is_halted(archive: Archive) -> bool:
    with archive.catalogue.read() as session:
        return "AUDIT-MASS-DAMAGE" in {finding.code for finding, _ in box.notices(session)}
