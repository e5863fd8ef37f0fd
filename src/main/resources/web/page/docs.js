// The contract, browsable. Tokens that are typed in are not kept, and no validator of anybody else's is asked.
/** @type {any} */ (globalThis).SwaggerUIBundle({
  url: '/openapi.yaml',
  dom_id: '#contract',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
})
