"""What leaves after a commit: mails now; webhooks will be a second worker beside them, on the events of the outbox."""
