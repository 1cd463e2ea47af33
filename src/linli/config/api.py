"""The JSON API: one router per area under /api/v1."""

from ninja import NinjaAPI

api = NinjaAPI(title="Linli 邻里", version="1", urls_namespace="api", docs_url="/docs", openapi_url="/openapi.json")
