"""Questions to the central register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, select

from appliance.central.tables import CentralHoldingRow, CentralPackageRow, CentralPaperRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Question:
    """Which packages are asked about; every part that is None asks for all.

    Args:
        fonds_code: Of one fonds.
        file_code: Of one hồ sơ, in whatever versions.
        box_id: Sealed by one box.
        not_proved_since: Without any proof that was made at or after this moment
            (``clock.to_text``).
    """

    fonds_code: str | None = None
    file_code: str | None = None
    box_id: str | None = None
    not_proved_since: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A package and where it is held.

    Args:
        package: What its sidecar and metadata say.
        holdings: The newest proof in each list of receipts, the youngest first; those that are
            about other bytes than the sidecar's are left out.
    """

    package: CentralPackageRow
    holdings: tuple[CentralHoldingRow, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the register holds.

    Args:
        packages: Whose sidecars are believed.
        holdings: Proofs that are about these very packages.
        unknown: Proofs of packages whose sidecar was not found, or that differ from it.
        problems: Papers that do not count.
    """

    packages: int
    holdings: int
    unknown: int
    problems: int


def held(session: Session, question: Question) -> Iterator[Held]:
    """Every package that is asked about, by box, fonds, hồ sơ and version; streamed."""
    package, holding = CentralPackageRow, CentralHoldingRow
    statement = (
        select(package, holding)
        .join(holding, _is_of_package(), isouter=True)
        .where(*_wanted(question))
        .order_by(
            col(package.box_id),
            col(package.fonds_code),
            col(package.file_code),
            col(package.version),
            col(package.objid),
            col(holding.read_at).desc(),
        )
        .execution_options(yield_per=1000)
    )
    current: CentralPackageRow | None = None
    places: list[CentralHoldingRow] = []
    for found, proof in session.exec(statement):
        if current is not None and found.objid != current.objid:
            yield Held(current, tuple(places))
            places = []
        current = found
        if proof is not None:
            places.append(proof)
    if current is not None:
        yield Held(current, tuple(places))


def counts(session: Session) -> Counts:
    """How much there is of what."""
    holdings = session.exec(select(func.count()).select_from(CentralHoldingRow)).one()
    fitting = session.exec(
        select(func.count())
        .select_from(CentralHoldingRow)
        .join(CentralPackageRow, _is_of_package())
    ).one()
    bad = select(func.count()).select_from(CentralPaperRow).where(CentralPaperRow.code != "")
    packages = session.exec(select(func.count()).select_from(CentralPackageRow)).one()
    return Counts(packages, fitting, holdings - fitting, session.exec(bad).one())


def problems(session: Session, *, limit: int) -> Sequence[CentralPaperRow]:
    """Papers that do not count, by source and path."""
    row = CentralPaperRow
    statement = select(row).where(row.code != "").order_by(col(row.source), col(row.path))
    return session.exec(statement.limit(limit)).all()


def _is_of_package(
    holding: type[CentralHoldingRow] = CentralHoldingRow,
) -> ColumnElement[bool]:
    """A proof is about a package only when it is about the very bytes that were sealed."""
    package = CentralPackageRow
    return and_(
        col(holding.objid) == package.objid,
        col(holding.sha256) == package.sha256,
        col(holding.size_bytes) == package.size_bytes,
    )


def _wanted(question: Question) -> Iterator[ColumnElement[bool]]:
    package = CentralPackageRow
    if question.fonds_code is not None:
        yield col(package.fonds_code) == question.fonds_code
    if question.file_code is not None:
        yield col(package.file_code) == question.file_code
    if question.box_id is not None:
        yield col(package.box_id) == question.box_id
    if question.not_proved_since is not None:
        young = aliased(CentralHoldingRow)
        is_young = col(young.read_at) >= question.not_proved_since
        yield ~select(young.objid).where(_is_of_package(young), is_young).exists()
