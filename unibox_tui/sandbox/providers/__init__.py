"""Stateful simulators of providers on loopback: strict about what the provider's reference says, and able to misbehave.

`base.Simulator` is what each of them is, `server.ProviderServer` hosts many under one port, `webhooks.Deliverer` brings their
events to our door, `registry.SIMULATORS` lists them.
"""
