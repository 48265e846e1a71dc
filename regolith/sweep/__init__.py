"""Many runs: each a process of its own, in slots on this machine."""
