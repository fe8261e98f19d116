"""Submissions over the machines of a Dask cluster. Dask schedules; what a lost machine had is run
again elsewhere, and what kills its workers again and again is set aside.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from types import TracebackType

from distributed import Client, KilledWorker, get_worker

from autograder.course.errors import CourseError
from autograder.course.fingerprint import code_digest, environment
from autograder.course.mapping import KILLS_ITS_PROCESS
from autograder.course.outcome import Outcome
from autograder.course.run import Job, grade_submission, set_aside
from autograder.kernel.sandbox import NoSandbox

PATIENCE = 30
"""Seconds in which a scheduler has to answer, and to have a worker."""


@dataclass(frozen=True)
class There:
    """What grades follow from on one worker.

    Attributes:
        environment: the versions.
        code: of the grader.
    """

    environment: str
    code: str

    def differs(self, worker: str, threads: int, here: There) -> str:
        """Why a worker cannot grade as this machine does; "" if it can."""
        if threads != 1:
            return f"{worker} has {threads} threads: start it with --nthreads 1"
        if self.environment != here.environment:
            return f"{worker} has {self.environment}; here is {here.environment}"
        if self.code != here.code:
            return f"{worker} has another version of the course: update its clone"
        return ""


class Cluster:
    """A Dask cluster. Use it as a context manager.

    Args:
        address: of its scheduler: "tcp://10.0.0.1:8786".
        problems: names of the problems that will be judged.
        grade: what the workers do with a job.

    Raises:
        CourseError: on the way in, if there is no such cluster, or a worker cannot grade as this
            machine would.
    """

    def __init__(
        self,
        address: str,
        problems: tuple[str, ...],
        grade: Callable[[Job], Outcome] = grade_submission,
    ) -> None:
        self.address = address
        self.problems = problems
        self.grade = grade

    def __enter__(self) -> Cluster:
        self.here = there(self.problems)
        try:
            self.client = Client(self.address, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"no Dask scheduler answers at {self.address} ({error or type(error).__name__}): "
                "`dask scheduler` starts one, and `dask worker ADDRESS --nthreads 1` its workers"
            ) from error
        try:
            self._check()
        except BaseException:
            self.client.close()
            raise
        self.executor = self.client.get_executor(pure=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.executor.shutdown(wait=error is None)  # cancels what is not done
        self.client.close()

    def _check(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise CourseError(
                f"the cluster at {self.address} has no workers: "
                f"`dask worker {self.address} --nthreads 1` starts one"
            ) from error
        found = self.client.run(there, self.problems, on_error="return")
        threads = self._threads()
        for worker, its in found.items():
            if isinstance(
                its, OSError
            ):  # it was lost meanwhile; what comes in its place is checked
                continue
            if isinstance(its, ImportError):
                raise CourseError(
                    f"a worker of {self.address} cannot import {its.name}: "
                    "install the course there as here"
                ) from its
            if isinstance(its, Exception):
                raise its
            said = its.differs(worker, threads.get(worker, 1), self.here)
            if said:
                raise CourseError(said)

    def _threads(self) -> dict[str, int]:
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        return {address: worker["nthreads"] for address, worker in workers.items()}

    @property
    def ahead(self) -> int:
        """One a worker: when it is lost, no other submission is taken to have killed it."""
        return max(1, sum(self._threads().values()))

    def submit(self, job: Job) -> Future[Outcome]:
        """Have one graded, on whichever worker is idle."""
        outcome: Future[Outcome] = Future()

        def done(graded: Future[Outcome]) -> None:
            try:
                outcome.set_result(graded.result())
            except KilledWorker:
                outcome.set_result(set_aside(job, KILLS_ITS_PROCESS))
            except CancelledError:
                said = f"the cluster at {self.address} is gone: run again to go on from here"
                outcome.set_exception(CourseError(said))
            except BaseException as error:
                outcome.set_exception(error)

        self.executor.submit(_grade, self.grade, job, self.problems, self.here).add_done_callback(
            done
        )
        return outcome


def there(problems: tuple[str, ...]) -> There:
    """What grades follow from, where this is called."""
    return There(environment(), code_digest(problems))


def _grade(
    grade: Callable[[Job], Outcome], job: Job, problems: tuple[str, ...], here: There
) -> Outcome:
    """Runs on a worker, which may have come after the others were checked."""
    said = there(problems).differs(get_worker().address, 1, here)
    if said:
        raise CourseError(said)
    try:
        return grade(job)
    except NoSandbox as error:
        raise CourseError(f"{get_worker().address}: {error}") from None
