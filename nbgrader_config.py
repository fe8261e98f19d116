"""nbgrader, set up for this course: `nbgrader autograde HW` judges as `autograder grade HW`."""

from autograder.course.plugin import configure

c = get_config()  # type: ignore[name-defined] # noqa: F821

c.CourseDirectory.course_id = "lmkit"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# The sources (solutions/HW/HW.py) hold the solutions: they are never copied to students.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "*.py", "feedback"]

# Seconds that one cell may take; `autograder grade --cell-timeout` for one run.
c.JudgedRun.cell_timeout = 60
c.JudgedRun.answer_timeout = 10

configure(c)
