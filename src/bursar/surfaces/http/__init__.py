"""The wire paths over HTTP: routing, identification, answering."""
