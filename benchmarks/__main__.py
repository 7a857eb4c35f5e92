"""``python -m benchmarks``: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import bench_deposit, bench_intake, bench_seal


def main() -> None:
    """Run all of them with their defaults."""
    for name, run in (
        ("intake", bench_intake.main),
        ("seal", bench_seal.main),
        ("deposit", bench_deposit.main),
    ):
        print(f"\n== {name}", flush=True)
        run()


if __name__ == "__main__":
    main()
