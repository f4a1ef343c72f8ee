"""What the peer benchmarks share: the catalogue, the environments, the workloads and the runner."""
