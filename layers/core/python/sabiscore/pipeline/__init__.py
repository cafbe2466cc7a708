"""The steps that jobs take. Each is handed by name what it reads and writes; none knows the jobs."""
