from flask import Flask
from flask_jwt_extended import JWTManager, jwt_required


def _ask(job, token, **settings):
    application = Flask("interop")
    application.config["JWT_ALGORITHM"] = job["algorithm"]
    key = ("JWT_SECRET_KEY", "secret") if job["algorithm"] == "HS256" else ("JWT_PUBLIC_KEY", "pem")
    application.config[key[0]] = job[key[1]]
    application.config.update(settings)
    JWTManager(application)
    application.route("/")(jwt_required()(lambda: "accepted"))
    answer = application.test_client().get("/", headers={"authorization": f"Bearer {token}"})
    if answer.status_code != 200:
        raise ValueError(f"{answer.status_code} {answer.get_json()['msg']}")


def minimal(job, token):
    _ask(job, token)


def configured(job, token):
    _ask(job, token, JWT_DECODE_AUDIENCE=job["audience"], JWT_DECODE_ISSUER=job["issuer"])
