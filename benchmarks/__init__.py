"""Speed and memory as ratios, each against a named floor or peer measured in the same run."""
