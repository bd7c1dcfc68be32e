import type { agreementTypes } from '../../agreements/tables.ts'
import { phrasesOf } from './phrases-of.ts'

type AgreementType = (typeof agreementTypes)[number]

/**
 * What texts call an agreement of each type. `weak` are words that speak of any agreement without saying its type, `private`
 * agreements that are not between bodies of two states, `multilateral` well-known treaties of many parties.
 */
export const nouns = phrasesOf<AgreementType | 'weak' | 'private' | 'multilateral'>({
  treaty: {
    pt: 'tratado|tratados',
    en: 'treaty|treaties',
    fr: 'traité|traités',
    es: 'tratado|tratados',
    de: 'Vertrag|Vertrags|Vertrages|Staatsvertrag|Vertrages',
    ru: 'договор|договора|договору|договором|договоре',
    ko: '조약',
    zh: '条约',
  },
  convention: {
    pt: 'convenção',
    en: 'convention',
    fr: 'convention',
    es: 'convención',
    de: 'Übereinkommen|Übereinkommens|Konvention',
    ru: 'конвенци*',
  },
  agreement: {
    pt: 'acordo|acordos|convênio|convénio',
    en: 'agreement|agreements|accord|accords|pact',
    fr: 'accord|accords',
    es: 'acuerdo|acuerdos|convenio|convenios',
    de: 'Abkommen|Abkommens|Vereinbarung|Vereinbarungen|Rahmenabkommen|Regierungsabkommen',
    ru: 'соглашени*',
    ko: '협정|업무협약|협약',
    zh: '协定|协议',
  },
  protocol: {
    pt: 'protocolo',
    en: 'protocol',
    fr: 'protocole',
    es: 'protocolo',
    de: 'Protokoll|Protokolls',
    ru: 'протокол*',
    ko: '의정서',
    zh: '议定书',
  },
  exchange_of_notes: {
    pt: 'troca de notas',
    en: 'exchange of notes|exchange of diplomatic notes|exchanged notes|exchanged diplomatic notes',
    fr: 'échange de notes',
    es: 'canje de notas|intercambio de notas',
    de: 'Notenwechsel|Notenwechsels',
    ru: 'обмен* нотами',
    ko: '각서교환',
    zh: '换文',
  },
  exchange_of_letters: {
    pt: 'troca de cartas',
    en: 'exchange of letters|exchanged letters',
    fr: 'échange de lettres',
    es: 'canje de cartas|intercambio de cartas',
    de: 'Briefwechsel|Briefwechsels',
    ru: 'обмен* письмами',
  },
  arrangement: {
    pt: 'ajuste|ajuste complementar',
    en: 'arrangement',
    fr: 'arrangement',
    es: 'arreglo',
    de: 'Absprache',
    ko: '약정',
    zh: '安排',
  },
  implementing_arrangement: {
    en: 'implementing arrangement|implementation arrangement|implementing agreement',
    fr: "arrangement d'application|accord d'application",
    es: 'acuerdo de ejecución|convenio de ejecución',
    de: 'Durchführungsvereinbarung|Durchführungsabkommen',
  },
  project_arrangement: {
    en: 'project arrangement|project agreement|project annex',
    fr: 'accord de projet',
    es: 'acuerdo de proyecto',
    de: 'Projektvereinbarung',
  },
  memorandum_of_understanding: {
    pt: 'memorando de entendimento|memorando',
    en: 'memorandum of understanding|memoranda of understanding|memorandums of understanding|mou|mous|memorandum|memorandum of cooperation',
    fr: "protocole d'accord|protocole d'entente|mémorandum d'entente|mémorandum d'accord|mémorandum",
    es: 'memorando de entendimiento|memorándum de entendimiento|memorándum|memorando',
    de: 'Memorandum of Understanding|Memorandum|gemeinsame Absichtserklärung|Grundsatzvereinbarung',
    ru: 'меморандум* о взаимопонимании|меморандум*',
    ko: '양해각서',
    zh: '谅解备忘录|备忘录',
  },
  memorandum_of_agreement: { en: 'memorandum of agreement', es: 'memorando de acuerdo', ko: '합의각서' },
  joint_statement: {
    pt: 'comunicado conjunto|declaração conjunta',
    en: 'joint statement|joint communique|joint communiqué',
    fr: 'déclaration conjointe|communiqué conjoint',
    es: 'comunicado conjunto',
    de: 'gemeinsame Stellungnahme|gemeinsames Kommuniqué',
    ru: 'совместн* заявлени*',
    ko: '공동성명',
    zh: '联合声明',
  },
  letter_of_intent: {
    pt: 'carta de intenções|declaração de intenções',
    en: 'letter of intent|letters of intent|statement of intent|declaration of intent',
    fr: "lettre d'intention|déclaration d'intention",
    es: 'carta de intención|carta de intenciones|declaración de intenciones',
    de: 'Absichtserklärung|Letter of Intent',
    ru: 'протокол* о намерениях|соглашени* о намерениях',
    ko: '의향서',
    zh: '意向书',
  },
  declaration: {
    en: 'joint declaration|declaration',
    fr: 'déclaration commune',
    es: 'declaración conjunta',
    de: 'gemeinsame Erklärung',
    ru: 'деклараци*',
    ko: '공동선언',
    zh: '联合宣言',
  },
  minutes: { en: 'agreed minutes', fr: 'procès-verbal agréé', es: 'actas acordadas' },
  weak: {
    pt: 'documento|parceria|texto',
    en: 'deal|partnership|bilateral|document|documents|understanding|letter|notes|note',
    fr: 'partenariat|document|texte',
    es: 'documento|texto',
    de: 'Partnerschaft|Dokument',
    ru: 'документ*',
    ko: '문서',
    zh: '文件',
  },
  private: {
    pt: 'acordo coletivo|convenção coletiva|acordo de coligação',
    en: 'collective agreement|collective bargaining agreement|pay agreement|wage agreement|labour agreement|labor agreement|licence agreement|license agreement|licensing agreement|purchase agreement|loan agreement with the bank|merger agreement|plea agreement|gentlemen s agreement|settlement agreement|coalition agreement|sponsorship agreement|sponsorship deal|transfer deal|record deal|customs protocol officer|non disclosure agreement|confidentiality agreement|convention center|convention centre|party convention|annual convention|trade union agreement|employment agreement|franchise agreement|tenancy agreement',
    fr: 'convention collective|accord salarial|accord de coalition',
    es: 'convenio colectivo|acuerdo de coalición',
    de: 'Tarifvertrag|Tarifvertrags|Koalitionsvertrag|Koalitionsvereinbarung|Kaufvertrag|Arbeitsvertrag|Betriebsvereinbarung',
    ru: 'коллективн* договор*|трудов* договор*',
  },
  multilateral: {
    pt: 'acordo de paris|protocolo de quioto|convenção de viena',
    en: 'paris agreement|kyoto protocol|montreal protocol|vienna convention|geneva convention|geneva conventions|hague convention|paris climate agreement|paris climate accord|treaty of lisbon|lisbon treaty|treaty of rome|schengen agreement|north atlantic treaty|antarctic treaty|outer space treaty|non proliferation treaty|nuclear non proliferation treaty|united nations convention|un convention|framework convention|helsinki accords|abraham accords|dayton accords|dayton agreement|good friday agreement|statute of rome|convention on biological diversity|law of the sea convention|minsk agreements|artemis accords',
    fr: 'accord de paris|protocole de kyoto|convention de vienne|traité de lisbonne',
    es: 'acuerdo de parís|protocolo de kioto|convención de viena',
    de: 'Pariser Abkommen|Kyoto-Protokoll|Wiener Übereinkommen|Genfer Konvention*|Vertrag von Lissabon',
    ru: 'парижск* соглашени*|киотск* протокол*',
  },
})

export type Noun = AgreementType | 'weak' | 'private' | 'multilateral'

/** Of several words for the same agreement, the most telling one is its type. */
export const tellingness = (noun: Noun): number => {
  if (noun === 'private' || noun === 'multilateral' || noun === 'weak') return 0
  if (noun === 'agreement') return 1
  if (noun === 'arrangement' || noun === 'declaration') return 1.2
  if (noun === 'protocol' || noun === 'treaty' || noun === 'convention') return 1.5
  return 2
}

/** The types whose very name says that they are meant not to bind, for how sure a `binding` is; the text decides. */
export const bindingWords = phrasesOf<'binding' | 'non_binding'>({
  non_binding: {
    pt: 'não vinculante*|não vinculativ*',
    en: 'not legally binding|non binding|nonbinding|not binding|legally non binding|no legally binding|does not create legally binding|creates no legal obligations|not create any legal obligations|not create legal obligations|no legal obligations|not legally enforceable|without legal force|not bound by law',
    fr: "non contraignant*|juridiquement non contraignant*|n'est pas contraignant*|sans force obligatoire|n'est pas juridiquement contraignant*",
    es: 'no vinculante*|no es vinculante|no es jurídicamente vinculante|sin carácter vinculante',
    de: 'rechtlich nicht bindend*|nicht bindend*|unverbindlich*|rechtlich unverbindlich*|nicht rechtsverbindlich*',
    ru: 'не имеет обязательной силы|не является юридически обязывающ*|не носит обязательного характера',
    ko: '법적 구속력이 없|구속력 없',
    zh: '不具有法律约束力|没有法律约束力',
  },
  binding: {
    pt: 'juridicamente vinculante*|juridicamente vinculativ*',
    en: 'legally binding|binding under international law|binding treaty|binding agreement',
    fr: 'juridiquement contraignant*',
    es: 'jurídicamente vinculante*',
    de: 'rechtsverbindlich*|rechtlich bindend*',
    ru: 'юридически обязывающ*',
    ko: '법적 구속력이 있',
    zh: '具有法律约束力',
  },
})
