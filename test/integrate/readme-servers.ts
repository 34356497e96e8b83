import { readFileSync } from 'node:fs';

const README = readFileSync('README.md', 'utf8');

/** The only block of the README in this language. */
function shown(language: string): string {
  const [first, ...others] = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language);
  if (first === undefined || others.length > 0) throw new Error(`README.md has not one block of ${language}`);
  return first[2] ?? '';
}

const EXPRESS = `import express from 'express';
const app = express();
${shown('ts')}
app.get('/orders', ({ principal }, response) => response.json({ name: principal.username }));
app.get('/admin/orders', (_request, response) => response.json([]));
app.listen(3000);
`;

const FASTAPI = `import os
from fastapi import Depends, FastAPI, Request
import postern.aio
from postern import Principal, Rule
from postern.fastapi import protect, require
app = FastAPI()
key = os.environ["POSTERN_API_KEY"]
${shown('python')}
@app.get("/orders")
async def orders(request: Request) -> str:
    return request.state.principal.username
@app.get("/admin/orders")
async def all_orders(caller: Principal = Depends(require("admin"))) -> list[str]:
    return []
`;

const GO = `package main
import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"postern"
)
func main() {
	ctx, key, mux := context.Background(), os.Getenv("POSTERN_API_KEY"), http.NewServeMux()
	${shown('go')}
	if err != nil {
		log.Fatal(err)
	}
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, postern.FromContext(r.Context()).Username)
	})
	mux.HandleFunc("GET /admin/orders", func(w http.ResponseWriter, r *http.Request) {})
	log.Fatal(http.ListenAndServe("localhost:3000", handler))
}
`;

/** By the folder of docs/integrate.md that installs what they need: the file, and its text. */
export const README_SERVERS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['express-client', ['server.mjs', EXPRESS]],
  ['fastapi-client', ['main.py', FASTAPI]],
  ['go-client', ['main.go', GO]],
]);
