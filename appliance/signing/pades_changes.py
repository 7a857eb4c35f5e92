"""What the updates of a signed PDF changed besides signing it.

pyHanko's own policy compares a form with an earlier form; a PDF without any form needs one rule
more, for the form that its first signature brings with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

_FORM_KEYS: Final = frozenset({"/Fields", "/SigFlags", "/DA", "/DR", "/Q"})
"""What signing may change in a form; scripts, calculations and XFA stand under other keys."""


def changes_since(reader: PdfFileReader, base_revision: int) -> str:
    """What the updates behind a revision did besides signing; empty when nothing.

    Args:
        reader: The whole PDF.
        base_revision: Ours, 0-based.

    Raises:
        PdfError: The PDF cannot be compared.
    """
    found: Any = _POLICY.review_file(reader, base_revision)
    if isinstance(found, SuspiciousModification):
        return str(found)
    return "" if found.modification_level <= ModificationLevel.FORM_FILLING else "content"


class _FirstFormRule(FormUpdatingRule):
    """Vets the form that the first signature brings to a PDF without one."""

    def apply(
        self, old: HistoricalResolver, new: HistoricalResolver
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Every changed object that signing explains, with how much it changes."""
        if "/AcroForm" in old.root or "/AcroForm" not in new.root:
            yield from super().apply(old, new) if "/AcroForm" in old.root else ()
            return
        form = new.root["/AcroForm"]
        if not isinstance(form, generic.DictionaryObject) or not _FORM_KEYS.issuperset(form):
            raise SuspiciousModification("the new form holds more than signatures need")
        yield from self._new_objects(form, old, new)
        fields = dict(_signature_fields(form.get("/Fields")))
        context = FieldComparisonContext(field_specs=fields, old=old, new=new)
        for rule in self.field_rules:
            yield from rule.apply(context)

    @staticmethod
    def _new_objects(
        form: generic.DictionaryObject, old: HistoricalResolver, new: HistoricalResolver
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """The form itself, its list of fields, and its fonts."""
        since = old.revision + 1
        found = [new.root.raw_get("/AcroForm"), form.raw_get("/Fields")]
        references = {one.reference for one in found if isinstance(one, generic.IndirectObject)}
        if "/DR" in form:
            references |= set(new.collect_dependencies(form.raw_get("/DR"), since_revision=since))
        for reference in references:
            if old.is_ref_unassignable(reference):
                yield ModificationLevel.FORM_FILLING, FormUpdate(reference)


def _signature_fields(fields: object) -> Iterable[tuple[str, FieldComparisonSpec]]:
    """The fields of a new form by their names; all of them are for signatures."""
    if not isinstance(fields, generic.ArrayObject):
        raise SuspiciousModification("the new form has no list of fields")
    for one in fields:
        field = one.get_object()
        if not isinstance(one, generic.IndirectObject) or field.get("/FT") != "/Sig":
            raise SuspiciousModification("the new form has a field that is for no signature")
        yield str(field["/T"]), FieldComparisonSpec("/Sig", None, one.reference, None)


_POLICY: Final = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                DocInfoRule(),
                XrefStreamRule(),
                ObjectStreamRule(),
                DSSCompareRule(),
                MetadataUpdateRule(),
            )
        ),
    ],
    form_rule=_FirstFormRule(
        [SigFieldCreationRule(), SigFieldModificationRule(), GenericFieldModificationRule()],
        ignored_acroform_keys=_FORM_KEYS,
    ),
)
"""pyHanko's default policy, with the rule for a first form."""
