"""A proxy for the small hubs of tests that browsers and tests ask directly."""

from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    """Knows no routes and serves none."""

    should_start = False

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass

    async def get_all_routes(self):
        return {}
