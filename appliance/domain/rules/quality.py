"""Rules of quality: what makes a page worth a second look. None of them stops a page."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "QUALITY-BLANK-SUSPECTED",
        Severity.WARNING,
        "Trang {where} có vẻ trắng (mực chiếm {ink_permille}‰).",
        "Xem lại trang; máy không bao giờ tự bỏ trang trắng.",
        "Page {where} looks blank (ink covers {ink_permille}‰).",
        "Look at the page; the box never drops blank pages by itself.",
    ),
    Rule(
        "QUALITY-SKEWED",
        Severity.WARNING,
        "Trang {where} bị lệch {degrees}° so với dòng chữ.",
        "Xem lại trang; nếu khó đọc hoặc mất chữ ở mép thì đặt giấy thẳng và quét lại.",
        "The lines of page {where} lie {degrees}° crooked.",
        "Look at the page; if it is hard to read or loses text at an edge, scan it straight.",
    ),
    Rule(
        "QUALITY-BLURRED",
        Severity.WARNING,
        "Trang {where} bị mờ (độ nét {sharpness_permille}‰, thường phải từ {limit}‰).",
        "Xem lại ở cỡ lớn; nếu bản gốc rõ hơn ảnh thì lau mặt kính, ép phẳng giấy và quét lại.",
        "Page {where} is blurred (sharpness {sharpness_permille}‰, usually {limit}‰ or more).",
        "Look at it enlarged; if the original is clearer, clean the glass and scan it again.",
    ),
    Rule(
        "QUALITY-CLIPPED",
        Severity.WARNING,
        "Trang {where} bị cháy sáng hoặc bết tối: {bright_permille}‰ trắng tuyệt đối, "
        "{dark_permille}‰ đen tuyệt đối; chi tiết ở đó đã mất.",
        "Tắt chế độ tự làm trắng nền, chỉnh lại độ sáng của máy quét, rồi quét lại nếu cần.",
        "Page {where} is clipped: {bright_permille}‰ is pure white, {dark_permille}‰ pure black; "
        "no detail is left there.",
        "Switch off background whitening, set the scanner's brightness, scan again if needed.",
    ),
    Rule(
        "QUALITY-CONTENT-CUT",
        Severity.WARNING,
        "Nội dung trang {where} chạm mép ảnh ({sides}), có thể đã bị cắt mất.",
        "So với bản gốc; nếu mất chữ thì đặt lại giấy hoặc tăng khổ quét, rồi quét lại.",
        "The content of page {where} runs into the edge of the picture ({sides}).",
        "Compare it with the original; if text is lost, scan a larger area again.",
    ),
    Rule(
        "QUALITY-BLACK-BORDER",
        Severity.INFO,
        "Trang {where} có viền đen chiếm {border_permille}‰ ảnh.",
        "Không cần làm gì; nếu muốn, chỉnh khổ quét cho vừa giấy.",
        "Page {where} has a black border over {border_permille}‰ of the picture.",
        "Nothing to do; the scan area may be set to the size of the paper.",
    ),
    Rule(
        "QUALITY-UPSIDE-DOWN",
        Severity.WARNING,
        "Trang {where} có vẻ bị quét ngược (đầu trang ở dưới).",
        "Xem lại trang; nếu đúng là ngược thì quay giấy và quét lại.",
        "Page {where} seems to be upside down.",
        "Look at the page; if it is, turn the paper and scan it again.",
    ),
    Rule(
        "QUALITY-TARGET-POOR",
        Severity.WARNING,
        "Tờ chuẩn {where} cho thấy máy quét không đạt: {problem}.",
        "Lau mặt kính, hiệu chỉnh máy quét rồi quét lại tờ chuẩn trước khi quét tiếp.",
        "The target sheet {where} shows that the scanner falls short: {problem}.",
        "Clean the glass, calibrate the scanner, and scan the target again before going on.",
    ),
    Rule(
        "QUALITY-TARGET-DRIFT",
        Severity.WARNING,
        "Máy quét đã thay đổi so với lần chuẩn đầu của tờ {where}: {problem}.",
        "Lau mặt kính, hiệu chỉnh máy quét; xem lại các trang quét từ lần đo tốt gần nhất.",
        "The scanner has changed since the first reading of target {where}: {problem}.",
        "Clean the glass, calibrate; look again at pages scanned since the last good reading.",
    ),
    Rule(
        "QUALITY-TARGET-UNREADABLE",
        Severity.WARNING,
        "Không đo được tờ chuẩn {where}: {problem}.",
        "Quét lại tờ chuẩn, cả tờ, màu, từ 200 dpi trở lên.",
        "The target sheet {where} could not be measured: {problem}.",
        "Scan the target again, the whole sheet, in colour, at 200 dpi or more.",
    ),
)
