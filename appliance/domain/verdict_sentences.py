"""The sentences of the verdict, Vietnamese first; message text is data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.approvals import APPROVAL_SENTENCES
from appliance.domain.backups import BACKUP_SENTENCES
from appliance.domain.coverage_sentences import COVERAGE_SENTENCES
from appliance.domain.shelving import PAPER_SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    **COVERAGE_SENTENCES,
    **BACKUP_SENTENCES,
    **PAPER_SENTENCES,
    **APPROVAL_SENTENCES,
    "BOX-GOOD": (
        "An toàn: {proved} hồ sơ đã niêm phong đều có đủ {copies} bản, đã đọc lại và kiểm chứng.",
        "Safe: all {proved} sealed file units are held in {copies} copies, read back and proved.",
    ),
    "BOX-WAITING": (
        "Đang chờ, chưa xong: {proved} trên {registered} hồ sơ đã có đủ {copies} bản kiểm chứng.",
        "Waiting, not finished: {proved} of {registered} file units are proved in {copies} copies.",
    ),
    "BOX-WORKING": (
        "Đang làm, chưa xong: {proved} trên {registered} hồ sơ đã có đủ {copies} bản kiểm chứng.",
        "Working, not finished: {proved} of {registered} file units are proved in {copies} copies.",
    ),
    "BOX-STALE": (
        "Bằng chứng đã cũ: cần kiểm tra lại các bản lưu ở nơi nhận.",
        "The proof is old: the copies must be checked again.",
    ),
    "BOX-UNKNOWN": (
        "Chưa rõ: máy không có tin đủ mới để khẳng định. Đừng coi là an toàn.",
        "Unknown: there is no news fresh enough to say so. Do not take it for safe.",
    ),
    "BOX-NEEDS-PERSON": (
        "Cần người: xem các lý do. {proved} trên {registered} hồ sơ đủ {copies} bản kiểm chứng.",
        "Needs a person: see the reasons. {proved} of {registered} file units are proved in full.",
    ),
    "BOX-BROKEN": (
        "Hỏng: dữ liệu và sổ ghi không khớp. Dừng việc, gọi kỹ thuật viên ngay.",
        "Broken: bytes and records disagree. Stop and call the technician now.",
    ),
    "SERVICE-ALIVE": ("Dịch vụ đang chạy.", "The service is running."),
    "SERVICE-LATE": (
        "Dịch vụ không báo tin từ {seconds} giây nay; có thể đã dừng.",
        "The service has not reported for {seconds} seconds; it may have stopped.",
    ),
    "SERVICE-STOPPED": (
        "Dịch vụ đã được dừng: từ đó không nhận, niêm phong hay gửi gì. Hãy chạy lại dịch vụ.",
        "The service was stopped: nothing is taken in, sealed or sent since. Start it again.",
    ),
    "SERVICE-NEVER": ("Dịch vụ chưa chạy lần nào.", "The service has never run."),
    "COUNTS-AGREE": (
        "Đã nhận {came_in} tệp, mỗi tệp đều có chỗ trong sổ.",
        "{came_in} dropped files came in and each is accounted for.",
    ),
    "COUNTS-DIFFER": (
        "Đã nhận {came_in} tệp nhưng sổ chỉ giải thích được {accounted} tệp.",
        "{came_in} dropped files came in but only {accounted} are accounted for.",
    ),
    "INTAKE-CLEAR": ("Không có tệp nào chờ xử lý.", "No dropped file is waiting."),
    "INTAKE-WORKING": ("Đang kiểm tra {count} tệp mới nhận.", "{count} new files are inspected."),
    "INTAKE-BATCHED": (
        "Có {count} tệp chờ tờ bìa cho biết thuộc hồ sơ nào.",
        "{count} dropped files wait for a cover sheet to say which file unit they belong to.",
    ),
    "INTAKE-BATCHES-PARKED": (
        "Có {count} tập quét được để riêng vì tờ bìa, cần người xem.",
        "{count} batches are parked because of their sheets; a person must look.",
    ),
    "INTAKE-FOLDERS-GONE": (
        "Không thấy {count} thư mục quét: kiểm tra ổ đĩa hoặc thư mục chia sẻ đã gắn chưa.",
        "{count} hot folders are gone: check that their disk or share is mounted.",
    ),
    "INTAKE-PARKED": (
        "Có {count} tệp được để riêng, cần người xem lý do.",
        "{count} dropped files are parked; a person must look at the reasons.",
    ),
    "INTAKE-NOTICES": (
        "Có {count} cảnh báo về máy này, cần người xem.",
        "{count} warnings about this box; a person must look.",
    ),
    "FILE-UNITS-NONE": ("Chưa có hồ sơ nào trong bảng kê.", "No file unit is registered yet."),
    "FILE-UNITS-OPEN": (
        "Đã niêm phong {sealed} trên {total} hồ sơ.",
        "{sealed} of {total} file units are sealed.",
    ),
    "FILE-UNITS-UNPROVED": (
        "Đã niêm phong {total} hồ sơ, nhưng chưa phải hồ sơ nào cũng đủ bản kiểm chứng.",
        "All {total} file units are sealed, but not each is proved everywhere yet.",
    ),
    "FILE-UNITS-HELD": (
        "Có {held} hồ sơ đang vướng, cần người giải quyết.",
        "{held} file units are held up and need a person.",
    ),
    "FILE-UNITS-SEALED": (
        "Tất cả {total} hồ sơ đã niêm phong.",
        "All {total} file units are sealed.",
    ),
    "FILE-UNITS-CORRECTING": (
        "Có {count} hồ sơ đang đính chính: bản trước đã kiểm chứng đủ, bản đính chính thì chưa.",
        "{count} file units under correction: the version before is proved, the new one not yet.",
    ),
    "SYNC-HALTED": (
        "Đã ngừng gửi tới mọi nơi nhận: nhiều gói tin của máy này không còn như lúc niêm phong.",
        "Sending has stopped everywhere: several packages of this box are no longer as sealed.",
    ),
    "SYNC-STORE-MISSING": (
        "Không thấy kho lưu của chính máy này; không gửi gì đi cho tới khi thấy lại.",
        "This box's own store is not there; nothing is sent until it is back.",
    ),
    "UNIT-NOT-SEALED": (
        "Hồ sơ chưa niêm phong, chưa có bản nào được kiểm chứng.",
        "Not sealed: no copy of this file unit is proved.",
    ),
    "UNIT-PROVED": (
        "Phiên bản {version} có đủ {copies} bản, đã đọc lại và kiểm chứng.",
        "Version {version} is held in {copies} copies, read back and proved.",
    ),
    "UNIT-PROOF-OLD": (
        "Phiên bản {version} có đủ {copies} bản, nhưng có bản đã quá hạn kiểm tra lại.",
        "Version {version} is held in {copies} copies, but a proof is past its time.",
    ),
    "UNIT-UNPROVED": (
        "Phiên bản {version} đã niêm phong nhưng chưa được kiểm chứng ở mọi nơi nhận.",
        "Version {version} is sealed but not proved at every destination yet.",
    ),
    "UNIT-CORRECTING": (
        "Phiên bản {proved} có đủ {copies} bản kiểm chứng; bản đính chính ({version}) thì chưa.",
        "Version {proved} is proved in {copies} copies; the correction ({version}) is not yet.",
    ),
    "UNIT-CORRECTING-PROOF-OLD": (
        "Bằng chứng của phiên bản {proved} đã quá hạn; bản đính chính ({version}) thì chưa có.",
        "A proof of version {proved} is past its time; the correction ({version}) has none yet.",
    ),
    "UNIT-CORRECTING-UNPROVED": (
        "Bản đính chính ({version}) chưa được kiểm chứng đủ, và các phiên bản trước cũng chưa.",
        "The correction (version {version}) is not proved yet, and no earlier version is.",
    ),
    "PLACE-PROVED": (
        "{place}: đã đọc lại và kiểm chứng {proved} trên {total} gói.",
        "{place}: {proved} of {total} packages read back and proved.",
    ),
    "PLACE-EMPTY": ("{place}: chưa có gói nào để gửi.", "{place}: nothing to send yet."),
    "PLACE-CARRIED": (
        "{place}: đã kiểm chứng {proved}, còn {waiting} gói, trong đó {away} gói ở đĩa mang đi.",
        "{place}: {proved} proved, {waiting} wait, {away} of them on a disk on its way.",
    ),
    "PLACE-DISK-WANTED": (
        "{place}: đã kiểm chứng {proved}, còn {waiting} gói chờ đĩa mang đi.",
        "{place}: {proved} proved, {waiting} wait for a disk to carry them.",
    ),
    "PLACE-SENDING": (
        "{place}: đã kiểm chứng {proved}, còn {waiting} gói đang gửi hoặc chờ gửi.",
        "{place}: {proved} proved, {waiting} being sent or waiting.",
    ),
    "PLACE-HALTED": (
        "{place}: đã kiểm chứng {proved}, còn {waiting} gói chưa gửi: máy đã ngừng gửi mọi nơi.",
        "{place}: {proved} proved, {waiting} not sent: this box has stopped sending anywhere.",
    ),
    "PLACE-LINE-DOWN": (
        "{place}: đường truyền đang ngắt, {waiting} gói chờ gửi; máy tự gửi khi có lại.",
        "{place}: the line is down, {waiting} packages wait and go by themselves.",
    ),
    "PLACE-HELD": (
        "{place}: nơi này chưa nhận được gói ({reason}), {waiting} gói chờ; máy tự thử lại.",
        (
            "{place}: the place cannot take packages now ({reason}); {waiting} wait and go by "
            "themselves."
        ),
    ),
    "PLACE-SILENT": (
        "{place}: đã lâu không liên lạc được, không rõ bản lưu ở đó còn tốt hay không.",
        "{place}: not reached for long; the state of its copies is unknown.",
    ),
    "PLACE-NEVER-REACHED": (
        "{place}: chưa liên lạc được lần nào.",
        "{place}: has never been reached.",
    ),
    "PLACE-PROOF-OLD": (
        "{place}: bằng chứng cũ nhất đã quá hạn kiểm tra.",
        "{place}: its oldest proof is past its time.",
    ),
    "PLACE-REFUSED": (
        "{place}: {refused} gói bị từ chối ({reason}), cần người xử lý.",
        "{place}: {refused} packages refused ({reason}); a person must act.",
    ),
    "PLACE-BLOCKED": (
        "{place}: không gửi được ({reason}), cần người xử lý.",
        "{place}: cannot be used ({reason}); a person must act.",
    ),
    "PLACE-FAR-DAMAGED": (
        "{place}: {far_damaged} bản lưu ở đó không còn như lúc niêm phong; xem trang kiểm tra.",
        "{place}: {far_damaged} copies there are no longer as sealed; see the page of audits.",
    ),
    "PLACE-DAMAGED": (
        "{place}: {damaged} gói trên máy này không còn khớp mã băm, không gửi đi.",
        "{place}: {damaged} packages on this box no longer match their digest and are not sent.",
    ),
}
