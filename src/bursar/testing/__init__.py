"""For people who test their own programs: a server inside a test run, and the pytest plugin that hands it out."""
