import django
from django.conf import settings


def _authenticate(job, token, **options):
    if not settings.configured:
        key = {"SIGNING_KEY": job["secret"]} if job["algorithm"] == "HS256" else {"JWK_URL": job["jwksUrl"]}
        django_settings = {"SECRET_KEY": "unused", "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes"]}
        settings.configure(SIMPLE_JWT={"ALGORITHM": job["algorithm"], **key, **options}, **django_settings)
        django.setup()
    from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

    authentication = JWTStatelessUserAuthentication()
    authentication.get_user(authentication.get_validated_token(token.encode()))


def minimal(job, token):
    _authenticate(job, token)


def configured(job, token):
    wanted = {"AUDIENCE": job["audience"], "ISSUER": job["issuer"]}
    _authenticate(job, token, TOKEN_TYPE_CLAIM=None, USER_ID_CLAIM="sub", **wanted)
