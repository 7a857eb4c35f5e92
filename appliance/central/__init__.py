"""The central register: which hồ sơ of which box are held where, and proved when by whom."""
