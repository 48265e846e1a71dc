"""The errors a user may meet: one clear message, one exit code, no traceback."""


class RegolithError(Exception):
    """Anything a user can mend. The command line prints the message and leaves with `exit_code`."""

    exit_code = 2


class ConfigError(RegolithError):
    """Bad input: names the file, the key, the value, what is allowed and what to do."""


class OutputError(RegolithError):
    """A run directory, cache or checkpoint that cannot be written or read."""


class GuardTripped(RegolithError):
    """A check on the device stopped the run: names the worst grain and the likely remedy."""

    exit_code = 3


class Interrupted(RegolithError):
    """The user asked a run to stop, and it did, after writing a checkpoint."""

    exit_code = 130
