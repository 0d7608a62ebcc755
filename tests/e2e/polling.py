"""Waiting inside a page, for browsers driven by evaluating expressions."""

import json


def poll(condition: str, timeout_s: float) -> str:
    """A JavaScript expression: a promise of the first truthy value of `condition`, asked each 50 ms.

    It throws after `timeout_s`, naming the condition. (Playwright's own `wait_for_function` evaluates strings
    in the page, which the meeting page's Content Security Policy forbids.)
    """
    return f"""(async () => {{
      const end = performance.now() + {timeout_s * 1000};
      while (performance.now() < end) {{
        const value = await ({condition});
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }}
      throw new Error({json.dumps(f"not within {timeout_s} s: {condition}")});
    }})()"""
