"""Runs scenarios one after another, in the guest or in the namespaces of this machine.

    runner.py JOB      JOB is a JSON file: what to run, which binaries, where results go
"""

import json
import os
import shutil
import signal
import sys
import time
import traceback

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class OutOfTime(BaseException):
    """The scenario's own limit; not an Exception, so that no scenario catches it by accident."""


class Runner:
    """Runs the instances of a job and reports each as one line of JSON."""

    def __init__(self, job):
        self.job = job

    def run(self, instances):
        signal.signal(signal.SIGALRM, self._alarm)
        for instance in instances:
            self._report({"begin": instance.name, "limit": instance.scenario.limit})
            self._report(self._run_one(instance))

    def _run_one(self, instance):
        from swandlab.failure import Skipped
        started = time.monotonic()
        result = {"name": instance.name}
        directory = os.path.join(self.job["results"], instance.name.replace("/", "."))
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(self.job["scratch"], ignore_errors=True)
        os.makedirs(self.job["scratch"] + "/logs", exist_ok=True)
        try:
            self._play(instance, directory)
            result["status"] = "ok"
        except Skipped as reason:
            result |= {"status": "skip", "reason": str(reason)}
        except OutOfTime:
            result |= {"status": "FAIL", "reason": f"not done within {instance.scenario.limit} s"}
        except Exception as error:
            result |= {"status": "FAIL", "reason": f"{_kind(error)}{error}"}
        if not self.job.get("demo"):
            result["seconds"] = time.monotonic() - started
        return result

    def _play(self, instance, directory):
        from swandlab.scenario import Lab
        lab = None
        signal.alarm(instance.scenario.limit)
        try:
            lab = Lab(instance, self.job, self)
            instance.run(lab)
        except BaseException as error:
            signal.alarm(30)
            if lab and type(error).__name__ != "Skipped":
                self._keep(lab, directory)
            raise
        finally:
            signal.alarm(0)
            if lab:
                if self.job.get("keep"):
                    self._keep(lab, directory)
                lab.close()

    def _keep(self, lab, directory):
        """Evidence is saved as far as it goes: it must never hide the failure itself."""
        try:
            lab.save(directory)
            with open(f"{directory}/traceback.txt", "w") as file:
                traceback.print_exc(file=file)
        except (Exception, OutOfTime) as problem:
            print(f"cannot save the evidence: {problem}", file=sys.stderr)

    def _alarm(self, number, frame):
        """Not while this process is in a host's namespaces: it would stay there."""
        from swandlab import namespaces
        if namespaces.away:
            signal.alarm(1)
        else:
            raise OutOfTime

    def say(self, text):
        """Shows text on the terminal outside."""
        self._report({"say": text})

    def ask(self, question, answer, deadline=60):
        """Has the machine outside do something, and waits until the file `answer` appears."""
        self._report(question)
        end = time.monotonic() + deadline
        while not os.path.exists(answer):
            if time.monotonic() > end:
                raise RuntimeError(f"no answer from outside: {question}")
            time.sleep(0.05)
        with open(answer) as file:
            return json.load(file)

    def _report(self, record):
        """One line, on the host's disk when this returns."""
        with open(self.job["progress"], "a") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())


def run_side_by_side(runner, instances, count):
    """Several processes, each with a share of the instances and a scratch directory of its own."""
    from swandlab import topology
    children = []
    for place in range(min(count, len(instances))):
        child = os.fork()
        if child == 0:
            try:
                _isolate(runner.job["scratch"])
                topology.Network.number_from(1000 * (place + 1))
                runner.run(instances[place::count])
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _isolate(scratch):
    from swandlab import namespaces
    namespaces.leave_mounts()
    os.makedirs(scratch, exist_ok=True)
    namespaces.mount("tmpfs", scratch, "tmpfs")


def _kind(error):
    """A scenario's own failure speaks for itself; anything else needs its type."""
    return "" if type(error).__name__ == "Failure" else f"{type(error).__name__}: "


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    sys.path[:0] = [LAB]
    sys.path += job["site_packages"]
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    os.environ |= job.get("environment", {})
    runner = Runner(job)
    try:
        from swandlab import failure, scenario
        failure.patience = job.get("patience", 1)
        wanted = {name: place for place, name in enumerate(job["instances"])}
        catalogue = {}
        for found in scenario.load_demo() if job.get("demo") else scenario.load_all(os.path.join(LAB, "scenarios")):
            instance = scenario.Instance(found.scenario, *job["pair"].split("-")) if job.get("pair") else found
            catalogue[instance.name] = instance
        instances = [catalogue[name] for name in sorted(wanted, key=wanted.get)]
        if job.get("side_by_side", 1) > 1:
            run_side_by_side(runner, instances, job["side_by_side"])
        else:
            runner.run(instances)
    except BaseException:
        runner._report({"broken": traceback.format_exc()})


if __name__ == "__main__":
    main()
