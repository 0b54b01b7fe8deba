SELECT progress_on_attached(%(layer)s);
