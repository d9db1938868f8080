"""What a false limit gains its owner, and how much of a limit the prices give away: docs/shading.md."""
