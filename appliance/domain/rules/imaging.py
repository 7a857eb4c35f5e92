"""Rules of inspection: what a page image must be."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "IMAGE-NOT-DECODABLE",
        Severity.ERROR,
        "Không giải mã được ảnh {where}: {problem}.",
        "Quét lại trang này; tệp hỏng vẫn được giữ nguyên.",
        "The image {where} cannot be decoded: {problem}.",
        "Scan the page again; the broken file is kept.",
    ),
    Rule(
        "IMAGE-TOO-LARGE",
        Severity.ERROR,
        "Ảnh {where} khai {pixels} điểm ảnh, quá giới hạn {limit}.",
        "Kiểm tra máy quét; ảnh hợp lệ lớn nhất là A0 ở 600 dpi.",
        "The image {where} claims {pixels} pixels, above the limit of {limit}.",
        "Check the scanner; the largest legal scan is A0 at 600 dpi.",
    ),
    Rule(
        "IMAGE-TOO-MANY-FRAMES",
        Severity.ERROR,
        "Tệp {where} chứa {frames} trang ảnh, quá giới hạn {limit}.",
        "Quét lại thành nhiều tệp nhỏ hơn.",
        "{where} holds {frames} page images, above the limit of {limit}.",
        "Scan it again as several smaller ones.",
    ),
    Rule(
        "IMAGE-PIXELS-IMPOSSIBLE",
        Severity.ERROR,
        "Tệp {where} chỉ có {bytes} byte, trong khi số điểm ảnh đã khai cần ít nhất {least_bytes}.",
        "Tệp hỏng hoặc không phải do máy quét tạo ra; quét lại.",
        "{where} has {bytes} bytes, but the pixels it claims take {least_bytes} at the least.",
        "It is broken, or no scanner made it; scan again.",
    ),
    Rule(
        "IMAGE-DECODER-CRASHED",
        Severity.ERROR,
        "Bộ giải mã bị dừng khi đọc ảnh {where} (hết bộ nhớ, quá thời gian hoặc lỗi).",
        "Quét lại trang này; các tệp khác không bị ảnh hưởng.",
        "The decoder stopped while reading {where} (memory, time or a crash).",
        "Scan the page again; no other file is affected.",
    ),
    Rule(
        "IMAGE-LOW-DPI",
        Severity.WARNING,
        "Trang {where} quét ở {dpi} dpi, thấp hơn mức {limit} dpi.",
        "Quét lại ở độ phân giải cao hơn nếu bản gốc cho phép.",
        "Page {where} was scanned at {dpi} dpi, below {limit} dpi.",
        "Scan it again at a higher resolution if the original allows.",
    ),
    Rule(
        "IMAGE-DPI-UNKNOWN",
        Severity.WARNING,
        "Trang {where} không ghi độ phân giải đáng tin; tạm tính {dpi} dpi.",
        "Kiểm tra cài đặt máy quét để ảnh có ghi độ phân giải.",
        "Page {where} carries no believable resolution; {dpi} dpi is assumed.",
        "Set the scanner to record its resolution.",
    ),
    Rule(
        "IMAGE-FEW-BITS",
        Severity.WARNING,
        "Trang {where} chỉ ghi {bits} bit mỗi điểm ảnh, thấp hơn mức {limit} bit.",
        "Quét lại ở chế độ màu 24 bit nếu bản gốc có màu.",
        "Page {where} has {bits} bits a pixel, fewer than {limit}.",
        "Scan it again in 24-bit colour if the original has colour.",
    ),
    Rule(
        "IMAGE-TRAILING-BYTES",
        Severity.INFO,
        "Tệp {where} có {bytes} byte thừa sau phần cuối của ảnh; ảnh vẫn đọc được trọn vẹn.",
        "Không cần làm gì; nếu lặp lại nhiều, kiểm tra phần mềm của máy quét.",
        "{where} carries {bytes} bytes after the end of its image; the image itself is whole.",
        "Nothing to do; if it happens often, check the scanner's software.",
    ),
    Rule(
        "PDF-TOO-LARGE",
        Severity.ERROR,
        "Tệp PDF của {where} sẽ vượt quá {limit} byte.",
        "Tách hồ sơ này thành nhiều tập rồi đóng gói lại.",
        "The PDF of {where} would exceed {limit} bytes.",
        "Split this file unit into volumes and seal again.",
    ),
    Rule(
        "PDF-DAMAGED",
        Severity.ERROR,
        "Tệp PDF {where} vừa ghi không đọc lại được đúng: {problem}.",
        "Tệp bị loại bỏ và được làm lại; nếu lặp lại, gọi kỹ thuật viên kiểm tra ổ đĩa.",
        "The PDF {where} just written does not read back: {problem}.",
        "It is discarded and made again; if it goes on, have the disk checked.",
    ),
    Rule(
        "PDF-PAGE-COUNT",
        Severity.ERROR,
        "Tệp PDF {where} có {found} trang, lẽ ra phải có {expected} trang.",
        "Tệp bị loại bỏ và được làm lại; nếu lặp lại, báo kỹ thuật viên kèm mã lỗi.",
        "The PDF {where} has {found} pages instead of {expected}.",
        "It is discarded and made again; if it goes on, tell the technician the code.",
    ),
    Rule(
        "PDF-STREAM-DIFFERS",
        Severity.ERROR,
        "Ảnh ở trang {page} của tệp PDF {where} không khớp với ảnh nguồn.",
        "Tệp bị loại bỏ và được làm lại; nếu lặp lại, gọi kỹ thuật viên kiểm tra ổ đĩa.",
        "The image on page {page} of the PDF {where} differs from its source.",
        "It is discarded and made again; if it goes on, have the disk checked.",
    ),
    Rule(
        "PDF-NOT-ARCHIVAL",
        Severity.ERROR,
        "Tệp PDF {where} không đúng dạng lưu trữ {form} ({problem}).",
        "Tệp bị loại bỏ; báo kỹ thuật viên kèm mã lỗi.",
        "The PDF {where} is not the archival form {form} ({problem}).",
        "It is discarded; tell the technician the code.",
    ),
    Rule(
        "PDF-FORM-UNFIT",
        Severity.ERROR,
        "Trang {page} được chuẩn bị cho dạng PDF/A khác, không đưa vào {form} được.",
        "Báo kỹ thuật viên: đặt lại [pdf] profile như lúc chuẩn bị trang, hoặc quét lại trang này.",
        "Page {page} was prepared for another archival form and cannot go into {form}.",
        "Tell the technician: set [pdf] profile back to what it was, or scan this page again.",
    ),
)
