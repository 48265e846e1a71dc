"""The errors a user may meet: one clear message, one exit code, no traceback."""


class RegolithError(Exception):
    """Anything a user can mend. The command line prints the message and leaves with `exit_code`."""

    exit_code = 2


class ConfigError(RegolithError):
    """Bad input: names the file, the key, the value, what is allowed and what to do."""


class Conflict(ConfigError):
    """Bad input of which every single key is allowed by itself: what is wrong lies between them."""


class OutputError(RegolithError):
    """A run directory, cache or checkpoint that cannot be written or read."""


class InUse(OutputError):
    """A run directory that a living process works on."""


class GuardTripped(RegolithError):
    """A check on the device stopped the run: names the worst grain and the likely remedy."""

    exit_code = 3


class Interrupted(RegolithError):
    """The user asked a run to stop, and it did, after writing a checkpoint."""

    exit_code = 130


class OperationFailed(RegolithError):
    """An operation of a campaign did not end by itself: its physics went wrong, or its process died."""

    def __init__(self, name: str, code: int, message: str, folder: object) -> None:
        self.exit_code = code if code > 0 else 1
        how = f"its process was ended by signal {-code}, twice" if code < 0 else f"exit code {code}"
        super().__init__(f"operation {name} failed ({how}; {folder}): {message}")
