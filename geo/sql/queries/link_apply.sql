SELECT link_apply(%(activity)s::text, %(layer)s::text);
