"""The register as a workbook (.xlsx): what archivists fill in, read as plain texts with places."""
