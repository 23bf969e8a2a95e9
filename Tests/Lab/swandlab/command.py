"""Tests/Lab/run: chooses scenarios, boots the lab, prints a line for each scenario."""

import argparse
import concurrent.futures
import fnmatch
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(LAB))
CACHE = os.path.join(LAB, ".cache")
sys.path[:0] = [LAB]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="Tests/Lab/run", description="Runs scenarios with real daemons.")
    parser.add_argument("names", nargs="*", metavar="SCENARIO", help="NAME or NAME/MOON-SUN; all when none is given")
    parser.add_argument("-k", metavar="PATTERN", help="only scenarios whose name contains (or matches) PATTERN")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--both", metavar="PEER", help="PEER plays both gateways (charon: check the lab itself)")
    parser.add_argument("--pair", metavar="MOON-SUN", help="these two play the gateways, whatever the scenario says")
    parser.add_argument("--keep", action="store_true", help="keep logs and captures of scenarios that pass, too")
    parser.add_argument("--jobs", type=int, metavar="N", help="guests at a time (default: as many as cores, two at most)")
    parser.add_argument("--second-try", action="store_true",
                        help="run what failed once more, alone; it counts as failed only if it fails again")
    parser.add_argument("--seeds", metavar="N[-M]", help="seeds of the chaos scenarios, instead of the usual few")
    parser.add_argument("--side-by-side", type=int, default=1, metavar="N", help="scenarios at a time in one guest")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="run everything N times")
    options = parser.parse_args()
    if options.seeds:
        os.environ["LAB_SEEDS"] = options.seeds
    options.pair = f"{options.both}-{options.both}" if options.both else options.pair
    return options


def choose(options):
    """Names of the instances to run, in order, and what those need that need something special of the kernel."""
    from swandlab import scenario
    instances = scenario.load_all(f"{LAB}/scenarios")
    if not (options.names or options.k or options.list):
        instances = [instance for instance in instances if instance.scenario.usual]
    needs = {instance.scenario.name: instance.scenario.needs for instance in instances}
    names = []
    for instance in instances:
        name = f"{instance.scenario.name}/{options.pair}" if options.pair else instance.name
        if name not in names:
            names.append(name)
    if options.names:
        unknown = [w for w in options.names if not any(w in (n, n.split("/")[0]) for n in names)]
        if unknown:
            sys.exit(f"no such scenario: {', '.join(unknown)} (see --list)")
        names = [n for n in names if n in options.names or n.split("/")[0] in options.names]
    if options.k:
        names = [n for n in names if options.k in n or fnmatch.fnmatch(n, options.k)]
    return names, {n: needs[n.split("/")[0]] for n in names if needs[n.split("/")[0]]}


def binaries(names):
    """swand and swanctl from the environment or the last build; swand is needed when a chosen scenario names it."""
    def built(name):
        places = [f"{ROOT}/.build/release/{name}", f"{ROOT}/.build/debug/{name}"]
        return next((place for place in places if os.access(place, os.X_OK)), None)
    swand = os.environ.get("SWAND") or built("swand")
    if not swand and any("swand" in name.split("/")[1] for name in names):
        sys.exit("lab: there is no swand: build it, or set SWAND, or say --both charon")
    swanctl = os.environ.get("SWANCTL") or "/usr/sbin/swanctl"
    return {"swand": swand and os.path.realpath(swand), "swanctl": os.path.realpath(swanctl),
            "own_swanctl": built("swanctl")}


def lab_environment():
    """What scenarios may be told from outside: every variable whose name begins with LAB_."""
    return {name: value for name, value in os.environ.items() if name.startswith("LAB_")}


class Count:
    """Prints results as they come and counts them."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], 0
        self.lock = threading.Lock()

    def add(self, report):
        with self.lock:
            self._add(report)

    def _add(self, report):
        name, seconds = report["name"], report.get("seconds", 0)
        if report["status"] == "ok":
            self.passed += 1
            print(f"ok {name} {seconds:.1f}s", flush=True)
        elif report["status"] == "skip":
            self.skipped += 1
            print(f"skip {name}: {report['reason']}", flush=True)
        else:
            self.failed.append(name)
            print(f"FAIL {name}: {report['reason']}", flush=True)


def say(text):
    """Bold headings are for terminals."""
    print(text if sys.stdout.isatty() else re.sub("\033\\[[0-9]+m", "", text), flush=True)


# Engines under way, for a signal that ends them all.
RUNNING = set()


def run_job(kind, job, names, count=None):
    """Runs `names` in one engine. Returns the results; the last one says so when the engine died."""
    results = []
    current = names[0]
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as directory:
        running = kind(job | {"instances": names, "results": f"{CACHE}/results",
                              "site_packages": glob.glob(f"{CACHE}/venv/lib/python3*/site-packages")}, directory)
        RUNNING.add(running)
        try:
            for report in running.follow():
                if "begin" in report:
                    current = report["begin"]
                elif "say" in report:
                    say(report["say"])
                elif "broken" in report:
                    sys.exit(f"lab: {report['broken']}")
                elif "name" in report:
                    results.append(report)
                    if count:
                        count.add(report)
        finally:
            RUNNING.discard(running)
            running.kill()
        if len(results) < len(names):
            with open(f"{directory}/console.log", "rb") as console:
                words = console.read()[-2000:].decode(errors="replace").strip()
            reason = f"the {kind.name} died; its last words: {words}"
            results.append({"name": current, "status": "FAIL", "reason": reason})
            if count:
                count.add(results[-1])
    return results


def run_all(names, needs, options, tools, count):
    """Runs until every instance has a result, those of each need in an engine that has it."""
    for need in (None, *sorted(set(needs.values()))):
        share = [name for name in names if needs.get(name) == need]
        if share:
            run_in_engine(share, need, options, tools, count)


def run_in_engine(names, need, options, tools, count):
    """Runs until every instance has a result; a guest that dies costs only the scenario that it died in."""
    from swandlab import engine
    kind = engine.choose(need)
    if kind is engine.Emulator:
        subprocess.run([f"{LAB}/install.sh", "qemu"], check=True)
    given = {"pair": options.pair, "keep": options.keep, "environment": lab_environment(), "side_by_side": options.side_by_side}

    def run_share(remaining):
        while remaining:
            done = {result["name"] for result in
                    run_job(kind, tools | given, remaining, count)}
            remaining = [name for name in remaining if name not in done]

    # A guest has one processor and mostly waits; two of them halve the time. In the machine's own kernel, one at a
    # time; an emulated machine uses every core there is.
    jobs = (options.jobs or min(2, os.cpu_count() or 1)) if kind is engine.UserModeLinux else 1
    shares = [share for share in (names[start::jobs] for start in range(jobs)) if share]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for share in [pool.submit(run_share, share) for share in shares]:
            share.result()


def try_again(count, needs, options, tools):
    """What failed, alone in a guest: other people's daemons race with each other on a busy machine."""
    again = Count()
    again.passed, again.skipped = count.passed, count.skipped
    options.jobs = 1
    names = count.failed
    print(f"second try: {', '.join(names)}", flush=True)
    run_all(names, needs, options, tools, again)
    print(f"{len(names) - len(again.failed)} of {len(names)} passed at the second try", flush=True)
    return again


def stop(*_):
    """Ends with everything that runs: threads would wait for their guests to finish."""
    for running in list(RUNNING):
        running.kill()
    os._exit(143)


def main():
    options = parse_arguments()
    if os.geteuid() != 0:
        sys.exit("lab: only root can make namespaces")
    subprocess.run([f"{LAB}/install.sh", "guest", "strongswan"], check=True)
    names, needs = choose(options)
    if options.list:
        print("\n".join(names))
        return 0
    if any(peer in name for name in names for peer in ("pluto", "iked")):
        subprocess.run([f"{LAB}/install.sh", "peers"], check=True)
    for tree, players in (("trixie", ("charon6", "swand6", "pluto5", "iked74")), ("testing", ("charon61", "swand61"))):
        if any(peer in players for name in names for peer in name.split("/")[1].split("-")):
            subprocess.run([f"{LAB}/install.sh", tree], check=True)
    from swandlab import certificates
    tools = binaries(names)
    certificates.make_all()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    count = Count()
    for _ in range(options.repeat):
        run_all(names, needs, options, tools, count)
    if count.failed and options.second_try:
        count = try_again(count, needs, options, tools)
    if count.failed:
        print(f"logs of what failed are in {os.path.relpath(CACHE)}/results")
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    print(f"{count.passed} passed, {len(count.failed)} failed{skipped}")
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
