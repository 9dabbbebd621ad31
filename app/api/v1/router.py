"""Routers of all domains in version 1; `app.main` mounts them under /api."""

from fastapi import APIRouter

from app.api.v1.products import product_endpoints

router = APIRouter()

router.include_router(product_endpoints.router, prefix="/v1/products", tags=["Products"])
