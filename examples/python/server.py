"""A FastAPI service that Postern protects: public, optional and protected paths, a role, events that a logout ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Optional

import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse

from postern import Principal, Rule
from postern.aio import Client
from postern.fastapi import optional, protect, require

client = Client(
    os.environ.get("POSTERN_ADDRESS", "localhost:50051"),
    api_key=os.environ["POSTERN_API_KEY"],
    jwks_url=os.environ.get("POSTERN_JWKS_URL"),
)
app = FastAPI()
protect(app, client, [Rule("/", public=True), Rule("/hello", optional=True)])


@app.get("/")
async def index() -> str:
    return "Anybody may read this."


@app.get("/hello")
async def hello(caller: Optional[Principal] = Depends(optional())) -> str:
    return "Hello, stranger." if caller is None else f"Hello, {caller.username}."


@app.get("/orders")
async def orders(caller: Principal = Depends(require())) -> list[str]:
    return [f"An order of {caller.username}"]


@app.delete("/orders/{number}")
async def delete(number: int, caller: Principal = Depends(require("admin"))) -> str:
    return f"{caller.username} deleted {number}"


@app.get("/events")
async def events() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        while True:
            yield "tick\n"
            await asyncio.sleep(1)

    return StreamingResponse(lines(), media_type="text/plain")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
