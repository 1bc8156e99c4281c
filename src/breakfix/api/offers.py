"""What this door offers, in one router: Django goes by the address alone, so what is read at an address and what is
done there have to be one entry."""

from ninja import Router

router = Router()
