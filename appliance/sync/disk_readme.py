"""What a carried disk says to whoever plugs it in, Vietnamese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from appliance.domain.courier_papers import DiskMarker

README_NAME: Final = "DOC-TRUOC-README.txt"

_TEXT: Final = """\
ĐĨA CHUYỂN GÓI TIN LƯU TRỮ

Đĩa này mang bản sao dự phòng tài liệu lưu trữ từ máy {box_id} tới kho {store_id}.
Mã đĩa: {disk_id}.

Ở nơi nhận, kỹ thuật viên cắm đĩa rồi chạy:
    appliance receive --store THU-MUC-KHO --from-disk THU-MUC-DIA
Chương trình kiểm tra từng gói, cất vào kho và ghi biên nhận lên đĩa này.
Sau đó trả đĩa về máy {box_id}: trang "Đĩa chuyển", nút "Nhập biên nhận".

Không sửa, xóa hay thêm tệp trong thư mục này. Đĩa mất thì báo ngay cho nơi gửi:
các gói vẫn còn trên máy và sẽ đi bằng đĩa khác.

Gói lớn được chia thành .zip.001, .zip.002 ... Ghép lại: cat TEN.zip.* > TEN.zip
Mã băm SHA-256 của mỗi gói nằm trong tệp .json bên cạnh, chữ ký trong tệp .json.sig.

--------------------------------------------------------------------------------

A DISK THAT CARRIES ARCHIVE PACKAGES

It carries insurance copies of archival records from the box {box_id} to the store {store_id}.
Disk: {disk_id}.

At the destination, plug it in and run:
    appliance receive --store STORE-FOLDER --from-disk DISK-FOLDER
Each package is checked and stored, and a receipt for it is written on this disk.
Then return the disk to the box {box_id}, whose page of carried disks imports the receipts.

Do not change, remove or add anything in this folder. If the disk is lost, tell its sender:
the packages are still on the box and will go with another disk.

Large packages are split into .zip.001, .zip.002 ... To join: cat NAME.zip.* > NAME.zip
The SHA-256 of each package is in the .json beside it, its signature in the .json.sig.
"""


def readme(marker: DiskMarker) -> bytes:
    """The text for one disk, with line ends that every editor shows."""
    text = _TEXT.format(box_id=marker.box_id, store_id=marker.store_id, disk_id=marker.disk_id)
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
