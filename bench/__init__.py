"""The benchmarks: each measured command runs in a process of its own, timed and weighed from outside."""
