"""What the hostile escapes did is told at the end: they are counted, not promised."""
import collections


def pytest_terminal_summary(terminalreporter):
    told = collections.Counter(value.rpartition(": ")[::2] for report in terminalreporter.stats.get("passed", [])
                               for name, value in getattr(report, "user_properties", []) if name == "effect")
    for run in sorted({run for run, _ in told}):
        terminalreporter.write_line(f"hostile escapes, {run}: {told[run, 'True']} of {told[run, 'True'] + told[run, 'False']} have an effect")
