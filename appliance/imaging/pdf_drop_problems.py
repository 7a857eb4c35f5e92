"""Why a dropped PDF is refused: each reason is one rule of ``domain.rules.pdf_drop``."""

from __future__ import annotations

from appliance.imaging.problems import BadStructure, Problem


def encrypted(what_vi: str, what_en: str) -> BadStructure:
    """It cannot be opened without a key, or has one."""
    return BadStructure(Problem(what_vi, what_en), is_cut=False, code="PDF-DROP-ENCRYPTED")


def active(what: str) -> BadStructure:
    """It holds something that acts; ``what`` is its name in the PDF."""
    return BadStructure(Problem(what, what), is_cut=False, code="PDF-DROP-ACTIVE")


def not_scan(what_vi: str, what_en: str) -> BadStructure:
    """A page is not one image and nothing else to see."""
    return BadStructure(Problem(what_vi, what_en), is_cut=False, code="PDF-DROP-NOT-SCAN")


def damaged(what_vi: str, what_en: str) -> BadStructure:
    """Its objects contradict each other or the format."""
    return BadStructure(Problem(what_vi, what_en), is_cut=False, code="PDF-DROP-DAMAGED")


def unfinished(what_vi: str, what_en: str) -> BadStructure:
    """Something lies beyond the end of the bytes, or was not written yet."""
    problem = Problem(f"tệp thiếu {what_vi}", f"{what_en} is missing")
    return BadStructure(problem, is_cut=True, code="PDF-DROP-DAMAGED")


def coding(what_vi: str, what_en: str) -> BadStructure:
    """An image is coded in a way that no decoder here reads."""
    return BadStructure(Problem(what_vi, what_en), is_cut=False, code="PDF-DROP-CODING")
