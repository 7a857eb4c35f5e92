"""How good a page's picture is: measured on a small view of it, judged by our own thresholds."""
