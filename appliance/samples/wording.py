"""Sentences and names of the two periods, invented, with gaps that the seed fills.

The places are real, the matters are of the kind that provincial offices dealt with; no person
and no case is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

_SURNAMES: Final = ("Nguyễn", "Trần", "Lê", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Phan")
_MIDDLE_NAMES: Final = ("Thế", "Đăng", "Quý", "Trường", "Bảo", "Nhật", "Khắc", "Duy")
_GIVEN_NAMES: Final = ("Thưởng", "Khoan", "Triệt", "Lượng", "Hoạch", "Ngữ", "Thuyên", "Vịnh")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one period.

    Args:
        districts: Names of its districts.
        communes: Names of communes and wards.
        offices: Offices and services that letters name.
        opening: First paragraphs, by no matter.
        middle: Paragraphs of orders and facts.
        ending: Last paragraphs.
    """

    districts: tuple[str, ...]
    communes: tuple[str, ...]
    offices: tuple[str, ...]
    opening: tuple[str, ...]
    middle: tuple[str, ...]
    ending: tuple[str, ...]


REPUBLIC: Final = Wording(
    districts=("Hàm-Thuận", "Hải-Long", "Hòa-Đa", "Phan-Lý-Chàm", "Tuy-Phong", "Thiện-Giáo"),
    communes=("Phú-Lâm", "Đại-Nẫm", "Phú-Hội", "Mương-Mán", "Sông-Lũy", "Chợ-Lầu", "Duồng"),
    offices=(
        "Ty Công-Chánh",
        "Ty Canh-Nông",
        "Ty Xã-Hội",
        "Ty Điền-Địa",
        "Ty Ngân-Khố",
        "Khu Thủy-Nông",
    ),
    opening=(
        (
            "Tham chiếu công văn số {number}/HC/4 ngày {date} của {office} về việc nêu trên, Tòa "
            "Hành-Chánh trân trọng thông báo để quý Quận tường và chuyển đạt đến các xã liên hệ."
        ),
        (
            "Xét đơn của đồng bào các xã {commune} và {commune2} thuộc quận {district} xin sửa "
            "chữa đập nước bị hư hại trong mùa mưa năm {year};"
        ),
        (
            "Xét nhu cầu công vụ và chiếu đề nghị của {office} tại phiếu trình số {number} ngày "
            "{date};"
        ),
    ),
    middle=(
        (
            "Theo kết quả khảo sát tại chỗ của {office}, con đường từ xã {commune} đến quận lỵ "
            "{district} dài {small} cây số đã hư hỏng nặng, mặt đường lở nhiều đoạn, hai cây cầu "
            "gỗ không còn xử dụng được cho các loại xe trên năm tấn."
        ),
        (
            "Số tiền {amount} đồng được trích từ ngân-sách tỉnh tài-khóa {year}, chương {small}, "
            "mục {small2}, để thanh-toán tiền mua vật-liệu gồm xi-măng, sắt tròn và gỗ ván; nhân "
            "công do đồng bào sở tại tình nguyện đóng góp."
        ),
        (
            "Yêu cầu quý Quận lập danh sách các gia-đình bị thiệt hại tại xã {commune}, ghi rõ số "
            "nhân khẩu, tình trạng nhà cửa và nhu cầu gạo, vải, nông cụ, gởi về Tòa Hành-Chánh "
            "trước ngày {deadline} để kịp đề nghị Trung-ương cấp phát."
        ),
        (
            "Về phần kỹ-thuật, {office} có nhiệm-vụ cử chuyên-viên theo dõi công tác, lập biên "
            "bản nghiệm thu từng giai-đoạn và báo cáo mỗi tháng một lần về tiến-độ thi hành."
        ),
        (
            "Diện tích ruộng được tưới nhờ công tác này ước lượng {hectares} mẫu tây, trong đó có "
            "{small} mẫu thuộc các ấp tân lập của xã {commune}; hoa màu phụ gồm bắp, đậu và "
            "khoai."
        ),
        (
            "Công tác khởi sự ngày {deadline} và phải hoàn tất trước mùa mưa; mọi sự chậm trễ phải "
            "được trình bày lý do bằng văn thư có sự xác nhận của {office} và Hội-Đồng xã "
            "{commune}."
        ),
        (
            "Những vật-liệu còn dư sẽ được nhập kho của {office} để xử dụng vào công tác kế tiếp "
            "tại xã {commune2}, quận {district}, chiếu theo thể-thức kế-toán hiện hành."
        ),
        (
            "Các bảng kê khai kèm theo đây gồm {small} trang, lập thành ba bản, một bản lưu tại "
            "quận lỵ {district}, một bản gởi {office}, một bản giữ tại Phòng Hành-Chánh."
        ),
    ),
    ending=(
        (
            "Yêu cầu quý Quận và quý Ty lưu ý thi hành và phúc trình kết quả về Tòa Hành-Chánh "
            "(Phòng Hành-Chánh) trước ngày cuối tháng."
        ),
        (
            "Các Ông Trưởng Ty, Quận-Trưởng liên hệ, tùy nhiệm vụ, chịu trách nhiệm thi hành văn "
            "thư này kể từ ngày ký."
        ),
    ),
)
"""The province's administration before 1975, in the spelling of the time."""

PROVINCE: Final = Wording(
    districts=("Hàm Thuận", "Bắc Bình", "Tuy Phong", "Đức Linh", "Hàm Tân", "Tánh Linh"),
    communes=("Hàm Liêm", "Hàm Chính", "Phan Rí Cửa", "Lương Sơn", "Mê Pu", "Tân Thắng"),
    offices=(
        "Ty Nông nghiệp",
        "Ty Thủy lợi",
        "Ban Kinh tế mới",
        "Ủy ban Kế hoạch tỉnh",
        "Sở Tài chính",
        "Chi cục Thống kê",
    ),
    opening=(
        (
            "Thực hiện Nghị quyết của Hội đồng nhân dân tỉnh về nhiệm vụ phát triển kinh tế - xã "
            "hội năm {year}, Ủy ban nhân dân tỉnh yêu cầu các huyện, thị xã và các ngành liên "
            "quan triển khai một số công việc sau đây."
        ),
        (
            "Xét đề nghị của {office} tại tờ trình số {number} ngày {date} về việc quy hoạch đồng "
            "ruộng và xây dựng công trình thủy lợi nhỏ trên địa bàn huyện {district};"
        ),
        (
            "Căn cứ Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân; căn cứ chỉ tiêu kế hoạch "
            "năm {year} đã được phân bổ cho huyện {district};"
        ),
    ),
    middle=(
        (
            "Tổng diện tích gieo trồng toàn huyện {district} đạt {hectares} ha, bằng {percent}% "
            "kế hoạch, trong đó lúa nước {hectares2} ha, màu và cây công nghiệp ngắn ngày phần "
            "còn lại. Năng suất bình quân đạt {small} tạ trên một ha."
        ),
        (
            "Công trình đập dâng tại xã {commune} có nhiệm vụ tưới cho {hectares} ha lúa hai vụ; "
            "khối lượng đào đắp {amount} mét khối, huy động {number} ngày công nghĩa vụ của nhân "
            "dân các xã hưởng lợi, Nhà nước hỗ trợ xi măng, sắt thép và thiết kế kỹ thuật."
        ),
        (
            "Giao cho {office} chủ trì, phối hợp với Ủy ban nhân dân huyện {district} kiểm tra "
            "việc sử dụng vật tư, lập hồ sơ quyết toán và báo cáo Ủy ban nhân dân tỉnh trước ngày "
            "{deadline}."
        ),
        (
            "Về đời sống, trong quý đã đưa {number} hộ với {number2} nhân khẩu đến vùng kinh tế "
            "mới xã {commune}; các hộ đã được cấp lương thực sáu tháng, nông cụ, giống và thuốc "
            "men; trường học và trạm y tế đang được xây dựng."
        ),
        (
            "Tuy nhiên việc thực hiện còn chậm so với yêu cầu: vật tư về không đồng bộ, phương "
            "tiện vận chuyển thiếu, một số xã chưa tổ chức tốt lực lượng lao động, nhất là các xã "
            "{commune} và {commune2}."
        ),
        (
            "Kinh phí thực hiện là {amount} đồng, trích từ nguồn vốn xây dựng cơ bản của tỉnh năm "
            "{year}; phần còn lại do ngân sách huyện {district} và nhân dân đóng góp."
        ),
        (
            "Các công trình chuyển tiếp từ năm trước phải dứt điểm trước ngày {deadline}; công "
            "trình mới chỉ được khởi công khi có đủ hồ sơ thiết kế, dự toán và được {office} thẩm "
            "tra. Huyện {district} cần sớm giải quyết {number} mét khối đất đắp còn thiếu."
        ),
        (
            "Việc trồng cây gây rừng đạt {hectares} ha, chủ yếu ở các xã {commune} và {commune2}; "
            "phong trào nuôi cá nước ngọt được duy trì, đàn trâu bò cày kéo tăng {small} con so "
            "với cùng kỳ, đáp ứng được sức kéo cho vụ tới."
        ),
    ),
    ending=(
        (
            "Ủy ban nhân dân tỉnh yêu cầu Thủ trưởng các ngành, Chủ tịch Ủy ban nhân dân các "
            "huyện, thị xã nghiêm túc thực hiện và báo cáo kết quả đúng thời gian quy định./."
        ),
        (
            "Các ông Chánh Văn phòng Ủy ban nhân dân tỉnh, Thủ trưởng các cơ quan có liên quan "
            "chịu trách nhiệm thi hành kể từ ngày ký./."
        ),
    ),
)
"""The people's committees from 1976 on."""

RENEWAL: Final = replace(
    PROVINCE,
    offices=(
        "Sở Nông nghiệp",
        "Sở Thủy lợi",
        "Sở Xây dựng",
        "Sở Kế hoạch",
        "Sở Tài chính",
        "Chi cục Thống kê",
    ),
)
"""The same from 1985 on, when the province's services had become departments."""


def invented_name(random: np.random.Generator) -> str:
    """A name that sounds right and belongs to nobody we know of."""
    return " ".join(pick(random, part) for part in (_SURNAMES, _MIDDLE_NAMES, _GIVEN_NAMES))


def pick(random: np.random.Generator, choices: Sequence[str]) -> str:
    """One of several texts."""
    return choices[int(random.integers(len(choices)))]


def filled(template: str, wording: Wording, issued: dt.date, random: np.random.Generator) -> str:
    """A sentence with its gaps filled; what it refers to lies before its date, deadlines after.

    Raises:
        KeyError: The sentence has a gap of no known name.
    """
    fillers = _fillers(wording, issued, random)
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: fillers[name.rstrip("2")]() for name in names})


def _fillers(
    wording: Wording, issued: dt.date, random: np.random.Generator
) -> Mapping[str, Callable[[], str]]:
    def number(low: int, high: int) -> Callable[[], str]:
        return lambda: f"{int(random.integers(low, high)):,}".replace(",", ".")

    return {
        "number": number(100, 990),
        "small": number(11, 48),
        "percent": number(71, 118),
        "hectares": number(220, 4800),
        "amount": lambda: f"{int(random.integers(12, 980))}.{int(random.integers(1, 10))}00",
        "date": lambda: _date(issued, -int(random.integers(4, 50))),
        "deadline": lambda: _date(issued, int(random.integers(15, 120))),
        "year": lambda: str(issued.year),
        "office": lambda: pick(random, wording.offices),
        "district": lambda: pick(random, wording.districts),
        "commune": lambda: pick(random, wording.communes),
    }


def _date(issued: dt.date, days: int) -> str:
    day = issued + dt.timedelta(days)
    return f"{day.day}-{day.month}-{day.year}"
