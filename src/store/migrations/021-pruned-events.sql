-- The events of removed jobs, except that of their removal, go with them. Until which seq some are
-- missing is the mark 'events-pruned', set by prune-events.ts.
CREATE INDEX events_of_removals ON events (job) WHERE type = 'removed';
