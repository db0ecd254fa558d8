-- What differed between this region and control, and rows that are to be sent again.
SELECT outbox.grant_divergence('atoll_region_service');
